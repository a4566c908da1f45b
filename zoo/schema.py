"""The schema of `zoo.json`, the record that every checkpoint directory carries."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from zoo.common.counts import counted
from zoo.common.notebook import line, table
from zoo.errors import InputError, shown

__all__ = [
    "FORMAT_VERSION",
    "MAX_EPOCHS",
    "BaseModel",
    "DataSource",
    "DatasetInfo",
    "EpochScores",
    "FileInfo",
    "FoldSpread",
    "Licenses",
    "Metric",
    "ModelInfo",
    "Paper",
    "SeedSpread",
    "TrainingRecord",
    "check_label_names",
    "megabytes",
    "short",
    "short_spread",
    "unfit",
]

FORMAT_VERSION = 1
MAX_EPOCHS = 10_000
_MAX_TEXT = 10_000

Name = Annotated[str, Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*\Z", max_length=64)]
Text = Annotated[str, Meta(max_length=_MAX_TEXT)]
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
Size = Annotated[int, Meta(ge=0, le=1 << 40)]
# What every reader of JSON holds exactly.
Count = Annotated[int, Meta(ge=0, le=1 << 53)]
Share = Annotated[float, Meta(ge=0.0, le=1.0)]


class _Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of the records: immutable, and unknown fields are refused."""


class FileInfo(_Record, frozen=True, kw_only=True):
    """Fingerprint of one file: its SHA-256 in hexadecimal, and its size in bytes."""

    sha256: Sha256
    size: Size


class SeedSpread(_Record, frozen=True, kw_only=True):
    """A metric over several training runs that differ in their seed only.

    `values` maps the seed to the metric's value; `std` is the sample standard deviation.
    """

    values: dict[str, float]
    mean: float
    std: float


class FoldSpread(_Record, frozen=True, kw_only=True):
    """A metric over models of one recipe, each trained on another cut of the same data.

    `values` maps the name of a cut to the metric's value on its test part, which its model has not
    seen; `std` is the sample standard deviation. `pooled` is the metric of all test parts
    together, each example answered by the model of its cut, with a bootstrap over the
    `num_examples` as its `confidence_interval`.
    """

    values: dict[str, float]
    mean: float
    std: float
    pooled: float
    confidence_interval: tuple[float, float]
    num_examples: Count


class Metric(_Record, frozen=True, kw_only=True):
    """One figure of the model, as the evaluation script wrote it.

    `confidence_interval` is a bootstrap over the `num_examples` of the split; `signature` is what
    the library that computed it says of how it did.
    """

    name: Text
    split: Text
    value: float
    confidence_interval: tuple[float, float]
    confidence_level: Share
    num_examples: Count
    seeds: SeedSpread | None = None
    # Left out of the record where there is none.
    signature: Text | msgspec.UnsetType = msgspec.UNSET
    folds: FoldSpread | msgspec.UnsetType = msgspec.UNSET


class DatasetInfo(_Record, frozen=True, kw_only=True):
    """The data set: its public name, where it comes from, and how many examples were used."""

    name: Text
    title: Text
    url: Text
    hub_id: Text | None = None
    splits: dict[str, Count]


class EpochScores(_Record, frozen=True, kw_only=True):
    """What an epoch came to: the mean loss of its steps, and the scores on the validation part."""

    epoch: Annotated[int, Meta(ge=1, le=1_000_000)]
    loss: float
    validation: dict[str, float]


class DataSource(_Record, frozen=True, kw_only=True):
    """A file, folder or data set of a user's that a model was fine-tuned on.

    `rows` is how many it holds, and `used` how many of them each part took: "train" and
    "validation". Of series, `columns` are the names of their channels, and `step` is the usual
    distance of their dates, where there were any. Of what is no table, `unit` says what is counted,
    such as a character.
    """

    name: Text
    sha256: Sha256
    rows: Count
    used: dict[str, Count]
    # Left out of the record where there are none, as before they were kept.
    columns: (
        Annotated[tuple[Text, ...], Meta(min_length=1, max_length=10_000)] | msgspec.UnsetType
    ) = msgspec.UNSET
    step: Text | msgspec.UnsetType = msgspec.UNSET
    unit: Text | msgspec.UnsetType = msgspec.UNSET

    @property
    def size(self) -> str:
        """How much it holds, in words.

        Example:
            >>> DataSource(name="a.csv", sha256="0" * 64, rows=1_000, used={}).size
            '1,000 rows'
        """
        return counted(self.rows, "row" if self.unit is msgspec.UNSET else self.unit)


class TrainingRecord(_Record, frozen=True, kw_only=True):
    """How the weights came to be.

    `method` says it in sentences, `minutes` is wall time, `validation` is what chose the weights,
    `history` is the course of the training, an item an epoch. Of a model that was fine-tuned,
    `data` and `settings` say on what and how.
    """

    recipe: Text
    command: Text
    commit: Text | None
    packages: dict[str, str]
    backend: Text
    hardware: Text
    minutes: float
    seed: Count
    epochs: Count
    best_epoch: Count
    method: Text = ""
    validation: dict[str, float]
    # Left out of the record where there is none, as before it was kept.
    history: (
        Annotated[tuple[EpochScores, ...], Meta(min_length=1, max_length=MAX_EPOCHS)]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    data: tuple[DataSource, ...] | msgspec.UnsetType = msgspec.UNSET
    settings: dict[str, bool | int | float | Text] | msgspec.UnsetType = msgspec.UNSET


class Licenses(_Record, frozen=True, kw_only=True):
    """Terms of the weights (an SPDX identifier) and of the data they were trained on."""

    weights: Text
    data: Text


class Paper(_Record, frozen=True, kw_only=True):
    """A publication to cite."""

    title: Text
    authors: Text
    year: Annotated[int, Meta(ge=0, le=9999)]
    venue: Text
    url: Text


class BaseModel(_Record, frozen=True, kw_only=True):
    """The checkpoint that a model was derived from, and the SHA-256 of its weights."""

    name: Text
    sha256: Sha256


class ModelInfo(_Record, frozen=True, kw_only=True):
    """Everything a checkpoint says about itself: the content of its `zoo.json`.

    Attributes:
        format_version: version of this schema.
        name: the entry's name.
        task: the Hugging Face name of the task, such as `text-classification`.
        architecture: family of the network, such as `lstm`.
        description: one sentence.
        labels: the classes' names, in the order of the model's output.
        parameters: number of weights.
        dataset: what it was trained on.
        metrics: what the evaluation script measured.
        training: how it was trained.
        licenses: terms of weights and data.
        papers: what to cite.
        base_model: the checkpoint it was derived from, if any.
        files: every other file of the directory, with its fingerprint.

    Example:
        >>> import zoo
        >>> zoo.info("lstm-imdb").labels
        ('negative', 'positive')
    """

    format_version: Annotated[int, Meta(ge=1)] = FORMAT_VERSION
    name: Name
    task: Text
    architecture: Text
    description: Text = ""
    labels: Annotated[tuple[Text, ...], Meta(max_length=100_000)] = ()
    parameters: Count
    dataset: DatasetInfo | None = None
    metrics: tuple[Metric, ...] = ()
    training: TrainingRecord | None = None
    licenses: Licenses | None = None
    papers: tuple[Paper, ...] = ()
    base_model: BaseModel | None = None
    files: dict[str, FileInfo] = {}

    @property
    def size(self) -> int:
        """Bytes of all files of the checkpoint but `zoo.json` itself."""
        return sum(file.size for file in self.files.values())

    @property
    def sources(self) -> tuple[DataSource, ...]:
        """The user's data that it was fine-tuned on; none of any other model."""
        return (self.training.data or ()) if self.training else ()

    def metric(self, name: str) -> Metric | None:
        """Return the metric of that name, or None if it was not measured."""
        return next((metric for metric in self.metrics if metric.name == name), None)

    def __repr__(self) -> str:
        main = {f"{m.split} {m.name}": float(f"{m.value:.4g}") for m in self.metrics[:1]}
        return line(
            self, self.name, task=self.task, parameters=self.parameters, metrics=main or None
        )

    def _repr_html_(self) -> str:
        rows: list[tuple[str, Any]] = [
            ("name", self.name),
            ("description", self.description),
            ("task", self.task),
            ("architecture", self.architecture),
            ("labels", ", ".join(self.labels[:50])),
            ("parameters", f"{self.parameters:,}"),
            ("size", f"{megabytes(self.size)} MB"),
            ("data set", self.dataset and self.dataset.title),
        ]
        for metric in self.metrics:
            low, high = map(short, metric.confidence_interval)
            rows.append((f"{metric.split} {metric.name}", f"{short(metric.value)} [{low}, {high}]"))
        return table([row for row in rows if row[1]])


def unfit(text: object) -> str | None:
    """Return why a record cannot hold something as a text, or None where it can.

    Args:
        text: a label, the name of a file, and so on.

    Example:
        >>> unfit("good"), unfit("caf\\udce9.csv")
        (None, 'not valid UTF-8')
    """
    if not isinstance(text, str):
        return f"of the type {type(text).__name__}"
    if len(text) > _MAX_TEXT:
        return f"of {len(text):,} characters, where {_MAX_TEXT:,} is the most"
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return "not valid UTF-8"
    return None


def check_label_names(labels: Iterable[object]) -> None:
    """Refuse labels that a record cannot hold, before anything is trained to tell them apart.

    Args:
        labels: the names of classes.

    Raises:
        InputError: one is not a text, too long, or not valid UTF-8.
    """
    for label in labels:
        if reason := unfit(label):
            raise InputError(
                "Expected labels that a checkpoint's record can hold, such as 'good'. "
                f"Received: {shown(label)}, {reason}"
            )


def megabytes(size: int) -> str:
    """Return a number of bytes in megabytes, with the first digit that counts of a small one.

    Args:
        size: the bytes.

    Example:
        >>> megabytes(2_962_345), megabytes(4_321)
        ('3.0', '0.004')
    """
    return f"{size / 1e6:.1f}" if size == 0 or size >= 50_000 else f"{size / 1e6:.1g}"


def short(value: float) -> str:
    """Return a figure with four decimals or, where it is small or huge, four digits that count.

    Args:
        value: the figure.

    Example:
        >>> short(0.98765), short(3.01989e-06)
        ('0.9877', '3.020e-06')
    """
    return f"{value:.4f}" if value == 0 or 1e-3 <= abs(value) < 1e12 else f"{value:.3e}"


def short_spread(seeds: SeedSpread, sign: str = "±") -> str:
    """Return the mean and the standard deviation over seeds, with as many decimals as the mean.

    Args:
        seeds: the figures of the seeds.
        sign: what stands between the two.

    Example:
        >>> short_spread(SeedSpread(values={"1": 0.9, "2": 0.9002}, mean=0.9001, std=0.000141))
        '0.9001 ± 0.0001'
    """
    small = 0 < abs(seeds.mean) < 1e-3
    return f"{short(seeds.mean)} {sign} {short(seeds.std) if small else format(seeds.std, '.4f')}"
