"""Words and tags of a user's own made ready for fine-tuning: checked, and cut into two parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from zoo.common.counts import counted
from zoo.common.user_warnings import warn_user
from zoo.errors import DataError, InputError, shown
from zoo.formats import Checkpoint
from zoo.interfaces import Prepared, UserData
from zoo.learning.rows import split_rows
from zoo.learning.settings import FineTuningSettings, Pace, descent_settings
from zoo.schema import DataSource, check_label_names
from zoo.tables.columns import reading_of
from zoo.tasks.token_classification.files import TaggedSource, read_tagged
from zoo.tasks.token_classification.growing import with_vocabularies
from zoo.text.tagged import TaggedDataset

__all__ = ["TaggedTexts", "prepare", "prepare_tagged", "settings"]

# As many types as a head may have.
_TYPES = 1_000
# Documents of which fewer cannot be cut in two that say anything of each other.
_FEW = 5
_PACE = Pace(steps=1_500, epochs=(8, 60), patience=0.3)


@dataclass(frozen=True)
class TaggedTexts:
    """Documents of a training and a validation part.

    Attributes:
        labels: the types of entities.
        train: the documents to learn from.
        validation: those to choose by.
        sources: where they come from, for the record.
    """

    labels: tuple[str, ...]
    train: TaggedDataset
    validation: TaggedDataset
    sources: tuple[DataSource, ...]


def prepare_tagged(
    train: Any,
    valid: Any = None,
    *,
    text_column: str | None = None,
    label_column: str | None = None,
    known: Sequence[str] = (),
    share: float | None = None,
    seed: int = 0,
    reading: Any = None,
    scheme: str | None = None,
    strict: bool = False,
) -> TaggedTexts:
    """Read words and tags, and make them ready for training.

    A document of the training part that is in the validation part too is left out of training, and
    one that repeats an earlier one is left out; both are counted in warnings.

    Args:
        train: what `read_tagged` reads.
        valid: the same for validation; by default a part of the documents of `train` is cut out,
            with documents without an entity, and with one, in their share.
        text_column: of the words or texts.
        label_column: of the tags or entities.
        known: the types of the model; where they are those of the data, or some more, their order
            is kept.
        share: share of the documents to cut out; by default a fifth of fewer than 1,000, or a
            tenth.
        seed: seed of the cut.
        reading: how a file in text is to be read.
        scheme: of the tags; None finds out.
        strict: whether tags that break the rules are refused, and not mended.

    Raises:
        DataError: a source cannot be read, has no entity, or too few documents.

    Example:
        >>> words, tags = [["Ann", "left"], ["Bo", "came"]], [["B-PER", "O"]] * 2
        >>> data = prepare_tagged((words, tags), share=0.5)
        >>> data.labels, len(data.train), len(data.validation)
        (('PER',), 1, 1)
    """
    how = (text_column, label_column, reading, scheme, strict)
    read = read_tagged(train, *how)
    if valid is None:
        read = _by_sentences(read)
    documents = _unrepeated(read)
    if valid is None:
        with_names = [
            "with" if any(tag != "O" for tags in read.data.tags[at] for tag in tags) else "without"
            for at in documents
        ]
        keys = [_key(read.data, at) for at in documents]
        inside, outside = split_rows(keys, with_names, share, seed)
        kept = _take(read.data, [documents[at] for at in inside])
        held = _take(read.data, [documents[at] for at in outside])
        sources: tuple[DataSource, ...] = (_source(read, train=len(kept), validation=len(held)),)
    else:
        other = read_tagged(valid, *how)
        held = other.data
        there = {_key(held, at) for at in range(len(held))}
        chosen = [at for at in documents if _key(read.data, at) not in there]
        if len(chosen) < len(documents):
            warn_user(
                f"{len(documents) - len(chosen)} of {len(read.data)} documents of {read.name} are "
                f"in {other.name} too and are left out of training."
            )
        kept = _take(read.data, chosen)
        sources = (_source(read, train=len(kept)), _source(other, validation=len(held)))
    _check_parts(kept, held, read.name, known)
    return TaggedTexts(_labels(kept, held, known), kept, held, sources)


def _by_sentences(read: TaggedSource) -> TaggedSource:
    """Return data of few documents as sentences that stand for themselves, to be cut in two."""
    data = read.data
    if len(data) >= _FEW or len(data.sentences) < 2 * _FEW:
        return read
    warn_user(
        f"{read.name} is {counted(len(data), 'document')} of {len(data.sentences):,} sentences: a "
        "validation part is cut out of the sentences, and each is read by itself. Give one with "
        "--valid to keep documents whole."
    )
    whole = TaggedDataset(
        [[words] for words in data.sentences], [[tags] for tags in data.sentence_tags]
    )
    return replace(read, found=replace(read.found, data=whole))


def _check_parts(kept: TaggedDataset, held: TaggedDataset, name: str, known: Sequence[str]) -> None:
    """Refuse parts of which nothing can be learnt, or nothing told."""
    for part, what in ((kept, "train"), (held, "validate")):
        if not len(part) or not part.labels:
            raise DataError(
                f"Expected at least two different documents with an entity in {name}, one to train "
                f"and one to validate. Received: {counted(len(part), 'document')} to {what}, "
                "without an entity. Give more, or a validation part with --valid"
            )
    lacking = sorted(set(held.labels) - set(kept.labels))
    # The head is kept where it knows all types, and with it what it knows of these.
    if lacking and not {*kept.labels, *lacking} <= set(known):
        warn_user(
            f"{counted(len(lacking), 'type')} of the validation part, such as {shown(lacking[0])}, "
            f"never occur{'s' * (len(lacking) == 1)} in training and cannot be learnt from it."
        )


def _labels(kept: TaggedDataset, held: TaggedDataset, known: Sequence[str]) -> tuple[str, ...]:
    names = set(kept.labels) | set(held.labels)
    check_label_names(names)
    if len(names) > _TYPES:
        raise DataError(
            f"Expected at most {_TYPES:,} types of entities. Received: {len(names):,}, such as "
            f"{shown(min(names))}"
        )
    # A head that has learnt more types still tells those; another order would begin anew.
    return tuple(known) if names <= set(known) else tuple(sorted(names))


def _key(data: TaggedDataset, at: int) -> str:
    """Return what makes two documents the same."""
    return "\n".join(" ".join(words) for words in data.words[at])


def _unrepeated(read: TaggedSource) -> list[int]:
    """Return the numbers of the documents that repeat no earlier one, words and tags."""
    seen: set[tuple[str, str]] = set()
    kept = []
    for at, tags in enumerate(read.data.tags):
        pair = (_key(read.data, at), repr(tags))
        if pair not in seen:
            seen.add(pair)
            kept.append(at)
    if len(kept) < len(read.data):
        warn_user(
            f"{len(read.data) - len(kept)} of {len(read.data)} documents of {read.name} repeat an "
            "earlier one and are left out."
        )
    return kept


def _take(data: TaggedDataset, rows: Sequence[int]) -> TaggedDataset:
    return TaggedDataset([data.words[row] for row in rows], [data.tags[row] for row in rows])


def _source(read: TaggedSource, **used: int) -> DataSource:
    return DataSource(name=read.name, sha256=read.sha256, rows=len(read.data), used=used)


def prepare(source: Checkpoint, given: UserData, settings: Any) -> Prepared:
    """Read words and tags to tune a tagger on, and choose what the settings leave open.

    Args:
        source: the checkpoint.
        given: the words and tags.
        settings: how, with what is left open None.

    Raises:
        DataError: the data cannot be read, or nothing can be learnt from it.
    """
    options = given.options
    data = prepare_tagged(
        given.train,
        given.valid,
        text_column=options.get("text_column"),
        label_column=options.get("label_column"),
        known=source.info.labels,
        share=given.share,
        seed=settings.seed,
        reading=reading_of(options),
        scheme=options.get("tag_scheme"),
        strict=bool(options.get("strict_tags")),
    )
    complete = settings.complete(len(data.train), pace=_PACE)
    return Prepared(
        data,
        data.sources,
        labels=data.labels,
        settings=complete,
        source=with_vocabularies(source, data.train.sentences),
    )


def settings(source: Checkpoint, given: Mapping[str, Any]) -> FineTuningSettings:
    """Return how a tagger is to be tuned, with what is left open None.

    Args:
        source: the checkpoint.
        given: the settings that a user gives, by name.

    Raises:
        InputError: one is unknown, out of bounds, or of no use to a tagger.
    """
    chosen = descent_settings(source.info, given, strategy="full", classes=False)
    if chosen.strategy == "gradual":
        raise InputError(
            "Expected the strategy full or head for a tagger. Received: 'gradual'. Leave it out"
        )
    if chosen.bptt_steps is not None:
        raise InputError(
            "Expected no bptt_steps for a tagger, which reads its documents whole. "
            f"Received: {chosen.bptt_steps}"
        )
    return chosen
