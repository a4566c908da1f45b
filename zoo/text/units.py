"""Characters or words as the units of an encoder-decoder, and back; no Keras here.

A network has never seen what its vocabulary lacks, and would answer anything to it. A letter with a
mark is therefore read as the plain letter where only that is known, a symbol without the number at
its end or in the other case, whatever else is unknown is left out, and all are told. An apostrophe
is read as one however it is drawn.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from tokenizers import Regex, Tokenizer, normalizers

from zoo.common.escape import cut
from zoo.errors import CheckpointError, shown
from zoo.text.characters import reads_characters
from zoo.text.doubts import Doubts
from zoo.text.encoding import UNKNOWN
from zoo.text.forms import LETTERS, PLAIN_LETTERS, SPACES, SYMBOLS, make_tokenizer
from zoo.text.pieces import LONG, PIECE, Pieces
from zoo.text.subwords import END
from zoo.text.vocabularies import check_vocabulary

__all__ = [
    "UnitEncoder",
    "UnitsRead",
    "decode_units",
    "doubt_answers",
    "parse_units",
    "train_units",
    "unit_doubts",
    "unit_form",
    "unit_tokens",
    "units_of",
]

_SPECIAL = [token["content"] for token in LETTERS["added_tokens"]]
# The apostrophe, and the signs that stand for it in print.
_APOSTROPHE, _CURVED = "'", "\u2019\u2018\u02bc"
# Unknown symbols of one text that are named.
_NAMED, _SHOWN = 5, 40


def unit_form(unit: str, side: str) -> dict[str, Any]:
    """Return all that a vocabulary's file holds but its tokens.

    Characters that are read are read in lower case; what is written is written as it is.

    Args:
        unit: `"characters"`, or `"words"`, which are what stands between white space.
        side: `"source"` or `"target"`.

    Example:
        >>> unit_form("words", "source") == unit_form("words", "target")
        True
    """
    if unit == "words":
        return SYMBOLS
    return LETTERS if side == "source" else PLAIN_LETTERS


def train_units(texts: Iterable[str], form: dict[str, Any], vocabulary_size: int) -> Tokenizer:
    """Make a tokenizer of the most frequent units of texts.

    Args:
        texts: the training texts of one side.
        form: what `unit_form` returned.
        vocabulary_size: most token ids, the four special tokens included.

    Example:
        >>> train_units(["K AE T", "K AA"], SYMBOLS, 7).get_vocab_size()
        7
    """
    tokenizer = make_tokenizer(form, ())
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(units_of(tokenizer, text))
    for special in _SPECIAL:
        counts.pop(special, None)
    counts.pop("", None)
    chosen = sorted(counts, key=lambda unit: (-counts[unit], unit))
    return make_tokenizer(form, chosen[: max(0, vocabulary_size - len(_SPECIAL))])


def units_of(tokenizer: Tokenizer, text: str) -> str | list[str]:
    """Return the units of a text, known or not; of no text, one that is empty.

    Args:
        tokenizer: a tokenizer of units.
        text: the text.

    Example:
        >>> units_of(train_units(["cat"], LETTERS, 9), " DOG")
        'dog'
    """
    text = tokenizer.normalizer.normalize_str(text)
    return text if reads_characters(tokenizer) else text.split(" ")


def parse_units(data: bytes, form: dict[str, Any], vocabulary_size: int) -> Tokenizer:
    """Read a tokenizer's file and check that every id it can give has an embedding.

    Args:
        data: content of a `tokenizer.json` of the tokenizers library.
        form: what `unit_form` returned.
        vocabulary_size: number of rows of the embedding table.

    Raises:
        CheckpointError: the file is malformed or of another kind, or its ids do not fit the table.

    Example:
        >>> data = train_units(["cat"], LETTERS, 9).to_str().encode("utf-8")
        >>> parse_units(data, LETTERS, 9).get_vocab_size()
        7
    """
    check_vocabulary(data, form, vocabulary_size)
    try:
        tokenizer = Tokenizer.from_buffer(data)
    except Exception as error:  # the library raises a bare Exception
        raise CheckpointError(
            f"Expected a tokenizer file of the tokenizers library. Received: {shown(str(error))}"
        ) from None
    tokenizer.encode_special_tokens = True
    return tokenizer


@dataclass(frozen=True)
class UnitsRead:
    """Texts as ids of units, and what was done to them.

    Attributes:
        ids: int32 arrays, the end token last.
        cut: bool array of shape (texts,), which are longer than what was read.
        unknown: of every text the first units that the vocabulary lacks, and that were left out or
            stand as unknown.
        plain: the same of those that were read as plain letters or symbols.
        characters: whether units are characters.
    """

    ids: list[np.ndarray]
    cut: np.ndarray
    unknown: list[tuple[str, ...]]
    plain: list[tuple[str, ...]]
    characters: bool = True


class UnitEncoder:
    """Turns texts into ids of units that end with the end token, cut to a length.

    Args:
        tokenizer: a tokenizer of units.
        length: most tokens of a text, the end token included; None cuts none.
        keep: whether unknown units stand as the unknown token, and are not left out: so they do in
            what a model is to be scored by.

    Attributes:
        known: the units that are read as they are.

    Example:
        >>> encode = UnitEncoder(train_units(["naive"], LETTERS, 9))
        >>> [ids.tolist() for ids in encode(["NAIVE", "Na\\u00efve", "3 a"])]
        [[7, 4, 6, 8, 5, 3], [7, 4, 6, 8, 5, 3], [4, 3]]
    """

    def __init__(
        self, tokenizer: Tokenizer, length: int | None = None, *, keep: bool = False
    ) -> None:
        self.tokenizer, self.length, self.keep = tokenizer, length, keep
        self._ids = {
            token: number
            for token, number in tokenizer.get_vocab().items()
            if token not in _SPECIAL
        }
        self._characters = reads_characters(tokenizer)
        if self._characters and not keep and _APOSTROPHE in self._ids:
            straight = dict.fromkeys(_CURVED, self._ids[_APOSTROPHE])
            self._ids = {**straight, **self._ids}
        self.known = frozenset(self._ids)
        # Of a longer word the start tells that it is unknown.
        self._longest = 1 + max(_SHOWN, *map(len, self.known), 0)

    def __call__(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Return an int32 array of token ids for every text."""
        return self.read(texts).ids

    def with_cuts(self, texts: Sequence[str]) -> tuple[list[np.ndarray], np.ndarray]:
        """Return what calling the encoder does, and which texts are longer, as a bool array."""
        read = self.read(texts)
        return read.ids, read.cut

    def read(self, texts: Sequence[str]) -> UnitsRead:
        """Return texts as ids, and what of them was cut, left out, or read as plain units.

        Args:
            texts: the texts.
        """
        most = None if self.length is None else self.length - 1
        found: list[np.ndarray] = []
        cuts, unknown, plain = [], [], []
        for text in texts:
            ids: list[int] = []
            lost: dict[str, None] = {}
            simple: dict[str, None] = {}
            for piece in self._pieces(text):
                self._take(piece, ids, lost, simple)
                if most is not None and len(ids) > most:
                    break
            cuts.append(most is not None and len(ids) > most)
            found.append(np.array([*ids[:most], END], np.int32))
            unknown.append(tuple(lost))
            plain.append(tuple(simple))
        return UnitsRead(found, np.array(cuts, bool), unknown, plain, self._characters)

    def _pieces(self, text: str) -> Iterator[str | list[str]]:
        """Yield the normal form of a text as units, of a long one piece by piece."""
        if len(text) <= LONG:
            yield units_of(self.tokenizer, text)
            return
        steps = [normalizers.NFC(), normalizers.Replace(Regex(SPACES), " ")]
        if self.tokenizer.normalizer.normalize_str("A") == "a":
            steps.append(normalizers.Lowercase())
        begun, held = False, ""
        for run in Pieces(normalizers.Sequence(steps), PIECE, breaks=False)(text):
            piece = held + (run.text[1:] if held[-1:] == run.text[:1] == " " else run.text)
            piece = piece if begun else piece.lstrip(" ")
            begun = begun or bool(piece)
            # White space at the end may be around the text, and a word may go on.
            end = len(piece.rstrip(" ")) if self._characters else piece.rfind(" ") + 1
            held = piece[end:][: self._longest]
            yield piece[:end] if self._characters else piece[:end].split(" ")
        if not self._characters:
            yield held.split(" ")

    def _take(
        self,
        piece: str | list[str],
        ids: list[int],
        lost: dict[str, None],
        simple: dict[str, None],
    ) -> None:
        """Add the ids of units to those so far, and what is unknown to what is."""
        strange = set(piece) - self.known - {""}
        if not strange:
            ids.extend(self._ids[unit] for unit in piece if unit)
            return
        replaced = {unit: () if self.keep else self.plain(unit) for unit in strange}
        for unit in sorted(strange, key=piece.index):
            named = simple if replaced[unit] else lost
            if len(named) < _NAMED:
                named[unit[: _SHOWN + 1]] = None
        unknown = [UNKNOWN] if self.keep else []
        for unit in piece:
            if unit in self.known:
                ids.append(self._ids[unit])
            elif unit:
                ids.extend([self._ids[known] for known in replaced[unit]] or unknown)

    def plain(self, unit: str) -> Sequence[str]:
        """Return the known units that an unknown one is but for marks, or nothing.

        The marks of a letter are its accents; those of a symbol a number at its end, as that of
        the stress of a vowel, and upper or lower case.

        Args:
            unit: a unit that the vocabulary lacks.
        """
        if not self._characters:
            if len(unit) >= self._longest:  # what follows may be cut off
                return ()
            bare = unit.rstrip("0123456789")
            forms = (unit.upper(), unit.lower(), bare, bare.upper(), bare.lower())
            return next(((form,) for form in forms if form in self.known), ())
        letters = [
            letter
            for letter in unicodedata.normalize("NFKD", unit)
            if unicodedata.category(letter)[0] != "M"
        ]
        return letters if self.known.issuperset(letters) else ()


def unit_doubts(read: UnitsRead, limit: int) -> Doubts:
    """Return the doubts about texts that were read as units.

    Args:
        read: what `UnitEncoder.read` returned.
        limit: how many are read at most, the end token not counted.

    Example:
        >>> encode = UnitEncoder(train_units(["cat"], LETTERS, 9), 5)
        >>> unit_doubts(encode.read(["c3t", ""]), 4).messages()[1]
        '1 of 2 texts hold symbols that the model does not know and leaves out (the first at index \
0: "3").'
    """
    texts, plain = range(len(read.ids)), "plain letters" if read.characters else "plain symbols"
    return Doubts(
        len(read.ids),
        {
            "nothing known": np.array([len(ids) <= 1 for ids in read.ids], bool),
            "left out": np.array([bool(units) for units in read.unknown], bool),
            plain: np.array([bool(units) for units in read.plain], bool),
            "long units": read.cut,
        },
        limit,
        {
            "left out": {row: _named(read.unknown[row]) for row in texts},
            plain: {row: _named(read.plain[row]) for row in texts},
        },
    )


def doubt_answers(doubts: Doubts, read: UnitsRead) -> None:
    """Add which given answers hold units that the model never writes.

    Args:
        doubts: those about the texts.
        read: what `UnitEncoder.read` returned of the answers, with `keep`.

    Example:
        >>> doubts = Doubts(1)
        >>> doubt_answers(doubts, UnitEncoder(train_units(["K"], SYMBOLS, 9)).read(["K QQ"]))
        >>> doubts.alone()[0][0][-6:]
        ' "QQ".'
    """
    doubts.add_rows(
        "unknown answer",
        np.array([bool(units) for units in read.unknown], bool),
        {row: _named(units) for row, units in enumerate(read.unknown)},
    )


def _named(units: Sequence[str]) -> str:
    return ", ".join(f'"{cut(unit, _SHOWN)}"' for unit in units)


def decode_units(tokenizer: Tokenizer, sequences: Iterable[Iterable[int]]) -> list[str]:
    """Return the texts of token ids, up to the end token of each.

    Args:
        tokenizer: a tokenizer of units: characters are joined by nothing, words by a space.
        sequences: token ids; special tokens are left out.

    Example:
        >>> tokenizer = train_units(["K AE T"], SYMBOLS, 9)
        >>> decode_units(tokenizer, [[5, 4, END, 6]])
        ['K AE']
    """
    names = unit_tokens(tokenizer)
    between = "" if reads_characters(tokenizer) else " "
    texts = []
    for sequence in sequences:
        ids = [int(token) for token in sequence]
        ids = ids[: ids.index(END)] if END in ids else ids
        texts.append(between.join(names.get(token, "") for token in ids if token >= len(_SPECIAL)))
    return texts


def unit_tokens(tokenizer: Tokenizer) -> dict[int, str]:
    """Return the units of a tokenizer by their ids, special tokens included.

    Args:
        tokenizer: a tokenizer of units.
    """
    return {number: token for token, number in tokenizer.get_vocab().items()}
