"""Running text of a user's own made ready: read, checked, and cut into two parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from zoo.common.counts import counted
from zoo.common.user_warnings import warn_user
from zoo.errors import DataError, InputError, shown
from zoo.formats import Checkpoint
from zoo.interfaces import Prepared, UserData
from zoo.learning.settings import FineTuningSettings, Pace, descent_settings
from zoo.schema import DataSource
from zoo.tables.columns import Columns, Reading, reading_of
from zoo.tables.running_text import read_running_text
from zoo.text.corpora import TextCorpus
from zoo.text.language import END, UNKNOWN, LanguageEncoder, encoder_of

__all__ = ["STEPS", "OwnCorpus", "check_tokens", "prepare", "prepare_corpus", "settings"]

# Tokens of a piece of a stream where nobody says so.
STEPS = {"words": 35, "characters": 100}
# Of that many texts, or more, whole ones are held back; of fewer the end of each.
_MANY = 20
_SHARE = 0.1
# With fewer tokens there is nothing to learn, or nothing to choose weights by.
_LEAST, _LEAST_HELD = 50, 5
# Where more is unknown, text is of another language or script.
_MOST_UNKNOWN = 0.9
_TOLD_UNKNOWN = 0.001
_PACE = Pace(steps=1_000, epochs=(3, 30))


@dataclass(frozen=True)
class OwnCorpus:
    """Texts of a training and a validation part.

    Attributes:
        train: what is learnt from.
        validation: what chooses the weights.
        sources: where they come from, for the record.
    """

    train: TextCorpus
    validation: TextCorpus
    sources: tuple[DataSource, ...]


def prepare_corpus(
    train: Any,
    valid: Any = None,
    *,
    text_column: str = "text",
    share: float | None = None,
    reading: Reading | None = None,
) -> OwnCorpus:
    """Read running text, and make it ready for training.

    Texts of white space alone are left out, which is counted in a warning, and so are training
    texts that stand in the validation data too.

    Args:
        train: what `read_running_text` reads.
        valid: the same for validation. By default a share of `train` is held back: the end of
            every text, from the beginning of a line where there are lines; or, of 20 texts and
            more, whole texts spread evenly over them.
        text_column: of a table, the name of the column of texts.
        share: share of the characters, or of the texts, to hold back; by default a tenth.
        reading: how files in text are to be read.

    Raises:
        DataError: a source cannot be read, or no text is left to learn from.
        InputError: the share is not between 0 and 1.

    Example:
        >>> corpus = prepare_corpus(["one\\ntwo\\nthree\\nfour\\n"], share=0.3)
        >>> corpus.train.texts, corpus.validation.texts
        (['one\\ntwo\\nthree\\n'], ['four\\n'])
    """
    share = _SHARE if share is None else share
    if not 0 < share < 1:
        raise InputError(f"Expected a validation share between 0 and 1. Received: {shown(share)}")
    columns = read_running_text(train, text_column, reading)
    texts = _filled(columns)
    if valid is None:
        kept, held = _cut(texts, share)
        if not kept or not held:
            raise DataError(
                "Expected text enough to learn from and to validate. Received: "
                f"{counted(len(''.join(texts)), 'character')} in {columns.name}. Give more, or a "
                "text to validate on with --valid"
            )
        used = {"train": _size(kept), "validation": _size(held)}
        return OwnCorpus(TextCorpus(kept), TextCorpus(held), (_source(columns, used),))
    others = read_running_text(valid, text_column, reading)
    held = _filled(others)
    known = set(held)
    kept = [text for text in texts if text not in known]
    if len(kept) < len(texts):
        warn_user(
            f"{len(texts) - len(kept)} of {counted(len(texts), 'text')} of {columns.name} stand in "
            f"{others.name} too and are left out of training."
        )
    if not kept:
        raise DataError(
            f"Expected texts to learn from that are not in {others.name} too. Received: none"
        )
    return OwnCorpus(
        TextCorpus(kept),
        TextCorpus(held),
        (
            _source(columns, {"train": _size(kept)}),
            _source(others, {"validation": _size(held)}),
        ),
    )


def _filled(columns: Columns) -> list[str]:
    texts = columns.texts
    filled = [text for text in texts if text.strip()]
    if len(filled) < len(texts):
        warn_user(
            f"{len(texts) - len(filled)} of {counted(len(texts), 'text')} of {columns.name} hold "
            "nothing but white space and are left out."
        )
    return filled


def _cut(texts: Sequence[str], share: float) -> tuple[list[str], list[str]]:
    if len(texts) >= _MANY:
        # One of every so many, from the middle of them.
        count = round(len(texts) * share)
        places = ((np.arange(count) + 0.5) * len(texts) / max(1, count)).astype(int)
        held = set(places.tolist())
        kept = [text for row, text in enumerate(texts) if row not in held]
        return kept, [texts[row] for row in sorted(held)]
    kept, ends = [], []
    for text in texts:
        at = _end(text, round(len(text) * (1 - share)))
        kept.append(text[:at])
        ends.append(text[at:])
    return [text for text in kept if text.strip()], [text for text in ends if text.strip()]


def _end(text: str, wanted: int) -> int:
    """Return where the end of a text begins: with a line, or a word, that begins near there."""
    for mark in ("\n", " "):
        at = text.rfind(mark, 0, wanted) + 1
        if at > wanted // 2:
            return at
    return wanted


def _size(texts: Sequence[str]) -> int:
    return sum(map(len, texts))


def _source(columns: Columns, used: dict[str, int]) -> DataSource:
    return DataSource(
        name=columns.name,
        sha256=columns.sha256,
        rows=_size(columns.texts),
        used=used,
        unit=TextCorpus.counted,
    )


def check_tokens(encoder: LanguageEncoder, corpus: OwnCorpus) -> int:
    """Refuse texts that are too short, or of which a vocabulary knows next to nothing.

    What it does not know of them is told in a warning.

    Args:
        encoder: the vocabulary.
        corpus: the texts.

    Returns:
        The number of tokens to learn from.

    Raises:
        DataError: nothing can be learnt from the texts.
    """
    noun = "word" if encoder.unit == "words" else "character"
    name = corpus.sources[0].name
    parts = [map(encoder.encode, part.texts) for part in (corpus.train, corpus.validation)]
    train, held = (np.concatenate(list(part)) for part in parts)
    for tokens, least, what, source in (
        (train, _LEAST, "to learn from", corpus.sources[0]),
        (held, _LEAST_HELD, "to validate on", corpus.sources[-1]),
    ):
        if len(tokens) < least:
            place = source.name
            if len(corpus.sources) == 1:
                place = f"the part of {place} {what}"
            raise DataError(
                f"Expected at least {counted(least, noun)} {what}, the ends of lines included. "
                f"Received: {counted(len(tokens), noun)} in {place}. Give more text"
            )
    told = train[train != END]
    if not (told == UNKNOWN).any():
        return len(train)
    found = [encoder.unknown(text) for text in corpus.train.texts]
    examples = _examples(word for one in found for word in one.examples)
    if (told == UNKNOWN).mean() > _MOST_UNKNOWN:
        raise DataError(
            f"Expected text in the {noun}s of the model's vocabulary, which a tuned model keeps. "
            f"Received: {(told == UNKNOWN).mean():.0%} of the {counted(len(told), noun)} of {name} "
            f"are unknown to it, such as {examples}. Train a model of your own "
            "by a recipe, which learns its vocabulary from your text"
        )
    count, total = sum(one.count for one in found), sum(one.total for one in found)
    if count > _TOLD_UNKNOWN * total:
        warn_user(
            f"{count:,} of {counted(total, noun)} to learn from are not in the model's vocabulary, "
            f"such as {examples}; it reads each as unknown and never writes it."
        )
    return len(train)


def _examples(words: Iterable[str]) -> str:
    return ", ".join(shown(word) for word in list(dict.fromkeys(words))[:5])


def prepare(source: Checkpoint, given: UserData, settings: Any) -> Prepared:
    """Read text to tune a language model on, and choose what the settings leave open.

    Args:
        source: the checkpoint, whose vocabulary stays.
        given: the text.
        settings: how, with what is left open None.

    Raises:
        DataError: the data cannot be read, or nothing can be learnt from it.
    """
    corpus = prepare_corpus(
        given.train,
        given.valid,
        text_column=given.options.get("text_column", "text"),
        share=given.share,
        reading=reading_of(given.options),
    )
    tokens = check_tokens(encoder_of(source), corpus)
    steps = settings.bptt_steps or STEPS[source.preprocessor.unit]
    complete = settings.complete(max(1, tokens // steps), pace=_PACE)
    return Prepared(corpus, corpus.sources, settings=complete)


def settings(source: Checkpoint, given: Mapping[str, Any]) -> FineTuningSettings:
    """Return how a language model is to be tuned, with what is left open None.

    Args:
        source: the checkpoint.
        given: the settings that a user gives, by name.

    Raises:
        InputError: one is unknown, out of bounds, or of no use to a language model.
    """
    chosen = descent_settings(source.info, given, strategy="full", classes=False)
    if chosen.strategy != "full":
        raise InputError(
            "Expected the strategy full for a language model, whose head is its table of words. "
            f"Received: {shown(chosen.strategy)}"
        )
    return chosen
