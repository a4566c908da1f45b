"""What a text model's answers say little about, counted and told once a call."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from tokenizers import Tokenizer

from zoo.common.answering import Note
from zoo.common.user_warnings import warn_user
from zoo.text.characters import reads_characters
from zoo.text.forms import UNKNOWN_TOKEN

__all__ = [
    "OF_PAIRS",
    "SHORT_SUBWORDS",
    "SPLIT_WORDS",
    "UNKNOWN_CHARACTERS",
    "UNKNOWN_WORDS",
    "Doubts",
    "SubwordDoubts",
    "WordDoubts",
    "lost_numbers",
    "told_alone",
]

# A text of which more than this share of the words is unknown is told. Of the 25,000 test reviews
# of IMDB none is, of 36,000 sentences of them three in a thousand, of German sentences 97 in 100.
UNKNOWN_WORDS = 0.5
# The same of characters, of which short texts have few. Of 3,604 names that gru-names was not
# trained on none is told.
UNKNOWN_CHARACTERS = 0.25
# A sentence is told when its subwords have less than this share of the vocabulary's mean length,
# and so many of its words are split. Of the 4,000 sentences of Multi30k that were not trained on
# two are, and of those of the other language, or in capitals, 99 in 100.
SHORT_SUBWORDS, SPLIT_WORDS = 0.5, 0.4
# What is doubtful of texts whose answers are given: the others speak of the model's own answers.
OF_PAIRS = ("long sentence", "long units", "left out", "plain letters", "plain symbols")
_NUMBER = re.compile(r"\d+")

_MESSAGES = {
    "empty text": "{count} of {total} texts hold no word (the first {place}); their scores are "
    "the model's answer to an empty text.",
    "unknown words": "Most words of {count} of {total} texts are unknown to the model (the first "
    "{place}); their scores say little about them.",
    "unknown characters": "Many characters of {count} of {total} texts are unknown to the model, "
    "as those of another script are (the first {place}); their scores say little about them.",
    "long text": "{count} of {total} texts are longer than the {limit} tokens that are read (the "
    "first {place}); their middle is left out.",
    "cut text": "{count} of {total} texts are longer than the {limit} tokens that are read (the "
    "first {place}); their ends are left out.",
    "empty sentence": "{count} of {total} sentences hold no word (the first {place}); their "
    "translations are empty.",
    "long sentence": "{count} of {total} sentences are longer than the {limit} tokens that are "
    "read (the first {place}); their ends are not translated.",
    "strange words": "Most words of {count} of {total} sentences are strange to the model, as "
    "those of another language and words in capitals are (the first {place}); their translations "
    "say little about them.",
    "lost number": "{count} of {total} translations do not hold a number of their sentence in "
    "digits (the first {place}): it is written out, or lost.",
    "nothing known": "{count} of {total} texts hold nothing that the model knows (the first "
    "{place}); their answers are empty.",
    "left out": "{count} of {total} texts hold symbols that the model does not know and leaves out "
    "(the first {place}: {detail}).",
    "plain letters": "{count} of {total} texts hold letters that the model knows only without "
    "their marks, and are read so (the first {place}: {detail}).",
    "plain symbols": "{count} of {total} texts hold symbols that the model knows only without a "
    "number at their end, or in the other case, and are read so (the first {place}: {detail}).",
    "long units": "{count} of {total} texts are longer than the {limit} symbols that are read (the "
    "first {place}); their ends are left out.",
    "unknown answer": "{count} of {total} answers hold what the model never writes, and a token "
    "for anything unknown takes its place (the first {place}: {detail}).",
}
# The same of one text alone.
_ALONE = {
    "empty text": "The text holds no word; its scores are the model's answer to an empty text.",
    "unknown words": "Most words of the text are unknown to the model; its scores say little "
    "about it.",
    "unknown characters": "Many characters of the text are unknown to the model, as those of "
    "another script are; its scores say little about it.",
    "long text": "The text is longer than the {limit} tokens that are read; its middle is left "
    "out.",
    "cut text": "The text is longer than the {limit} tokens that are read; its end is left out.",
    "empty sentence": "The sentence holds no word; its translation is empty.",
    "long sentence": "The sentence is longer than the {limit} tokens that are read; its end is not "
    "translated.",
    "strange words": "Most words of the sentence are strange to the model, as those of another "
    "language and words in capitals are; its translation says little about it.",
    "lost number": "The translation does not hold a number of its sentence in digits: it is "
    "written out, or lost.",
    "nothing known": "The text holds nothing that the model knows; its answer is empty.",
    "left out": "The text holds symbols that the model does not know and leaves out: {detail}.",
    "plain letters": "The text holds letters that the model knows only without their marks, and is "
    "read so: {detail}.",
    "plain symbols": "The text holds symbols that the model knows only without a number at their "
    "end, or in the other case, and is read so: {detail}.",
    "long units": "The text is longer than the {limit} symbols that are read; its end is left out.",
    "unknown answer": "The answer holds what the model never writes, and a token for anything "
    "unknown takes its place: {detail}.",
}


def told_alone(limit: int, *kinds: str) -> dict[str, str]:
    """Return what is said of one text alone, by the kind of doubt.

    Args:
        limit: tokens that are read of a text.
        kinds: which, as `Doubts` names them.

    Example:
        >>> told_alone(9, "long sentence")["long sentence"][:43]
        'The sentence is longer than the 9 tokens th'
    """
    return {kind: _ALONE[kind].replace("{limit}", str(limit)) for kind in kinds}


class Doubts:
    """Which answers say little about their texts, and why; batches can be added up.

    Args:
        total: number of texts.
        rows: bool arrays of shape (texts,) by the kind of doubt, whose name is one of
            `empty text`, `unknown words`, `unknown characters`, `long text`, whose middle is left
            out, `cut text`, whose end is, `empty sentence`, `long sentence`, `strange words`,
            `lost number`, and those of `zoo.text.units`; or a task's own sentence, with `{count}`,
            `{total}`, `{place}`, `{limit}` and `{detail}` in it.
        limit: tokens that are read of a text.
        details: what there is to say more of single texts, by the kind and the number of the text;
            that of the first stands for `{detail}`.
        alone: a task's own sentences of one text alone, by those of several.

    Example:
        >>> doubts = Doubts(2, {"empty text": np.array([False, True])})
        >>> doubts.messages()[0][:40]
        '1 of 2 texts hold no word (the first at '
    """

    def __init__(
        self,
        total: int = 0,
        rows: Mapping[str, np.ndarray] | None = None,
        limit: int = 0,
        details: Mapping[str, Mapping[int, str]] | None = None,
        alone: Mapping[str, str] | None = None,
    ) -> None:
        self.total, self.limit = total, limit
        self._alone = {**_ALONE, **(alone or {})}
        self._details = {kind: dict(of_rows) for kind, of_rows in (details or {}).items()}
        self.rows = {
            kind: np.flatnonzero(doubtful).tolist()
            for kind, doubtful in (rows or {}).items()
            if doubtful.any()
        }

    def add(self, more: Doubts, rows: Sequence[int] | np.ndarray | None = None) -> None:
        """Add the doubts about further texts.

        Args:
            more: those doubts.
            rows: the texts' numbers; by default those after these texts.
        """
        for kind, found in more.rows.items():
            places = [self.total + row if rows is None else int(rows[row]) for row in found]
            self.rows.setdefault(kind, []).extend(places)
            own = more._details.get(kind, {})
            details = {at: own[row] for at, row in zip(places, found, strict=True) if row in own}
            self._details.setdefault(kind, {}).update(details)
        self._alone.update(more._alone)
        self.total += more.total
        self.limit = max(self.limit, more.limit)

    def add_rows(
        self, kind: str, doubtful: np.ndarray, details: Mapping[int, str] | None = None
    ) -> None:
        """Add a kind of doubt about the same texts.

        Args:
            kind: the kind.
            doubtful: bool array of shape (texts,).
            details: what there is to say more of single texts, by the number of the text.
        """
        if doubtful.any():
            self.rows[kind] = np.flatnonzero(doubtful).tolist()
            self._details[kind] = dict(details or {})

    def only(self, *kinds: str) -> Doubts:
        """Return the doubts of some kinds."""
        chosen = Doubts(self.total, limit=self.limit, alone=self._alone)
        chosen.rows = {kind: rows for kind, rows in self.rows.items() if kind in kinds}
        chosen._details = dict(self._details)
        return chosen

    def _detail(self, kind: str, row: int) -> str:
        return self._details.get(kind, {}).get(row, "")

    def messages(self, place: Callable[[int], str] = "at index {}".format) -> list[str]:
        """Return a sentence for every kind of doubt there is.

        Args:
            place: says where the text of a number stands.
        """
        return [
            note.message.format(count=note.count, total=self.total, place=place(note.first))
            for note in self.notes()
        ]

    def notes(self) -> list[Note]:
        """Return the same as `messages`, for texts that are a part of all."""
        own = {kind: kind for kind in self.rows if kind not in _MESSAGES}
        found = []
        for kind, message in {**_MESSAGES, **own}.items():
            if kind in self.rows:
                first = min(self.rows[kind])
                # What stands in a text is no place for anything else.
                detail = self._detail(kind, first).replace("{", "{{").replace("}", "}}")
                message = message.replace("{limit}", str(self.limit)).replace("{detail}", detail)
                found.append(Note(kind, message, len(self.rows[kind]), first))
        return found

    def alone(self) -> list[list[str]]:
        """Return what there is to say of every text by itself, a list a text.

        Example:
            >>> Doubts(2, {"empty sentence": np.array([False, True])}).alone()
            [[], ['The sentence holds no word; its translation is empty.']]
        """
        found: list[list[str]] = [[] for _ in range(self.total)]
        for kind in [*_MESSAGES, *(kind for kind in self.rows if kind not in _MESSAGES)]:
            message = self._alone.get(kind, kind)
            for row in self.rows.get(kind, ()):
                detail = self._detail(kind, row)
                alone = {"count": 1, "total": 1, "place": "at index 0", "limit": self.limit}
                found[row].append(message.format(**alone, detail=detail))
        return found

    def warn(self, place: Callable[[int], str] = "at index {}".format) -> None:
        """Warn of every kind of doubt there is.

        Args:
            place: says where the text of an index stands.
        """
        for message in self.messages(place):
            warn_user(message)


class WordDoubts:
    """Tells which texts a classifier knows too little of, from their token ids.

    Args:
        tokenizer: a word or character tokenizer.

    Example:
        >>> from zoo.text.encoding import train_word_tokenizer
        >>> doubts = WordDoubts(train_word_tokenizer(["a film !"], 9))
        >>> doubts([np.array([2, 3, 4]), np.array([2, 1, 1, 3])]).rows
        {'unknown words': [1]}
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._unknown = tokenizer.token_to_id(UNKNOWN_TOKEN)
        characters = reads_characters(tokenizer)
        self._kind = "unknown characters" if characters else "unknown words"
        self._share = UNKNOWN_CHARACTERS if characters else UNKNOWN_WORDS
        self._words: np.ndarray | None = None

    def __call__(
        self,
        sequences: Sequence[np.ndarray],
        cut: np.ndarray | None = None,
        limit: int = 0,
        tail: bool = True,
    ) -> Doubts:
        """Return the doubts about texts.

        Args:
            sequences: the token ids that are read of every text, the start token first.
            cut: bool array of shape (texts,), whether there were more; None if there were not.
            limit: how many are read at most.
            tail: whether the end of a text that is cut is read.
        """
        rows = {
            "empty text": np.array([len(ids) <= 1 for ids in sequences], bool),
            self._kind: np.array([self._strange(ids) for ids in sequences], bool),
        }
        if cut is not None:
            rows["long text" if tail else "cut text"] = cut
        return Doubts(len(sequences), rows, limit)

    def _strange(self, ids: np.ndarray) -> bool:
        unknown = int(np.count_nonzero(ids == self._unknown))
        if not unknown:
            return False
        if self._words is None:
            # Marks are known to every vocabulary, and say nothing of the language.
            vocabulary = self._tokenizer.get_vocab()
            self._words = np.zeros(max(vocabulary.values()) + 1, bool)
            for token, number in vocabulary.items():
                self._words[number] = any(map(str.isalnum, token)) and token[0] != "["
        known = int(np.count_nonzero(self._words[ids]))
        return unknown > self._share * (unknown + known)


class SubwordDoubts:
    """Tells which sentences a translator knows too little of, from their token ids.

    Args:
        tokenizer: the subword tokenizer of the sources.

    Example:
        >>> from zoo.text.subwords import train_subword_tokenizer
        >>> doubts = SubwordDoubts(train_subword_tokenizer(["a b"], 262))
        >>> doubts([np.array([3])], np.array([False]), 10).rows
        {'empty sentence': [0]}
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        vocabulary = tokenizer.get_vocab()
        size = max(vocabulary.values()) + 1
        # Of every subword whether a word begins there, and how many letters it has; letters
        # outside ASCII stand as several characters.
        self._begins, self._letters = np.zeros(size, bool), np.zeros(size, np.int64)
        for token, number in vocabulary.items():
            word = token.removeprefix("Ġ")
            self._begins[number] = len(word) < len(token)
            if any(c.isalpha() or ord(c) > 126 for c in word) and word[0] != "[":
                self._letters[number] = len(word)
        lengths = self._letters[self._letters > 0]
        self._least = SHORT_SUBWORDS * float(lengths.mean()) if len(lengths) else 0.0

    def __call__(self, sequences: Sequence[np.ndarray], cut: np.ndarray, limit: int) -> Doubts:
        """Return the doubts about sentences.

        Args:
            sequences: the token ids that are read of every sentence, the end token last.
            cut: bool array of shape (sentences,), whether there were more.
            limit: how many are read at most.
        """
        return Doubts(
            len(sequences),
            {
                "empty sentence": np.array([len(ids) <= 1 for ids in sequences], bool),
                "long sentence": cut,
                "strange words": np.array([self._strange(ids) for ids in sequences], bool),
            },
            limit,
        )

    def _strange(self, ids: np.ndarray) -> bool:
        lettered = self._letters[ids] > 0
        if not lettered.any() or self._letters[ids].sum() >= self._least * lettered.sum():
            return False
        parts = np.bincount(np.cumsum(self._begins[ids])[lettered])
        return bool((parts > 1).sum() >= SPLIT_WORDS * (parts > 0).sum())


def lost_numbers(sentences: Sequence[str], translations: Sequence[str]) -> np.ndarray:
    """Return which translations lack a number of their sentence.

    Args:
        sentences: the sentences.
        translations: their translations.

    Returns:
        bool array of shape (sentences,).

    Example:
        >>> lost_numbers(["3 men", "2 men"], ["Drei", "2"]).tolist()
        [True, False]
    """
    return np.array(
        [
            not set(_NUMBER.findall(sentence)) <= set(_NUMBER.findall(translation))
            for sentence, translation in zip(sentences, translations, strict=True)
        ],
        bool,
    )
