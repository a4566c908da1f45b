"""What models, pipelines, answers and explanations of every task have in common."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import msgspec

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.text import Text

    from zoo.schema import DataSource, ModelInfo

__all__ = [
    "Asked",
    "Bound",
    "CardPart",
    "Compared",
    "Explaining",
    "Explanation",
    "Exporting",
    "GraphFile",
    "Model",
    "Noise",
    "Pipeline",
    "Prepared",
    "Scoring",
    "UserData",
    "WebPage",
]

# What was compared, and arrays: what was found and what was expected.
Compared = tuple[str, Any, Any]


class Pipeline(Protocol):
    """What `zoo.pipeline` returns: raw input in, answers out.

    It is a `TextClassificationPipeline`, a `TranslationPipeline`, a `TextGenerationPipeline`, a
    `ForecastingPipeline`, a `SeriesClassificationPipeline` or an `AnomalyDetectionPipeline`; what
    those have beyond this is reached as usual.

    Attributes:
        info: the checkpoint's record.
    """

    info: ModelInfo

    def __call__(self, *inputs: Any, **options: Any) -> Any:
        """Return what the model answers to raw input."""

    def __getattr__(self, name: str) -> Any: ...


class Model(Protocol):
    """What `zoo.load` returns: a KerasHub task, a Keras model that takes raw input.

    Attributes:
        info: the checkpoint's record.
        task: the Hugging Face name of the task, such as `"text-classification"`.
        backbone: the network without its head.
        preprocessor: what turns raw input into arrays; None of a model of numeric series.
    """

    info: ModelInfo
    task: str
    backbone: Any
    preprocessor: Any

    def predict(self, *inputs: Any, **options: Any) -> Any:
        """Return the model's output for raw input."""

    def compile(self, *arguments: Any, **options: Any) -> None:
        """Choose optimiser, loss and metrics."""

    def fit(self, *data: Any, **options: Any) -> Any:
        """Train the model on raw input."""

    def evaluate(self, *data: Any, **options: Any) -> Any:
        """Return loss and metrics on raw input."""

    def summary(self, *arguments: Any, **options: Any) -> Any:
        """Print the layers."""

    def __getattr__(self, name: str) -> Any: ...


class Bound(msgspec.Struct, frozen=True, kw_only=True):
    """What an option of `zoo predict` may be where a model is asked over a network.

    Attributes:
        help: what it does.
        most: the most that a number may be; of several, how many there may be.
        above: what a number must be more than, if anything.
        total: the most that it may be times the number of inputs, where there is such a limit.
        beside: options that multiply it too, the largest of them, where they are given.
        default: what it is where it is not given.
        required: whether it must be given.
        levels: whether it is several numbers between 0 and 1, and not a whole number.
        real: whether it is any number, and not a whole one.
    """

    help: str
    most: int
    above: float | None = None
    total: int | None = None
    beside: tuple[str, ...] = ()
    default: float | None = None
    required: bool = False
    levels: bool = False
    real: bool = False


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """How a model of a task is asked over a network, in JSON.

    Types are such as msgspec reads, with their bounds: what does not fit is refused before the
    model sees it.

    Attributes:
        noun: what an input is, such as `"text"`.
        input: returns the type of an input of a pipeline, given the most of it: characters of a
            text, steps of a series.
        output: the type of the answer to an input.
        examples: returns inputs of a pipeline to begin with.
        options: the options of `zoo predict` that apply, by their names in Python.
        answer: returns the answers of a pipeline to inputs under options, and of each input what
            there is to warn of.
        keras: returns what a Keras model of the zoo answers to the same.
        begins: whether a session is made for an input and gives its answer piece by piece, with
            None after the last; else it takes pieces of an input and answers what came so far.
        begun_with: the options that such a session takes beside the input.
        pieces: cuts an input into such pieces, no more than so many.
        step: the type of what a session answers at a step.
        piece: returns the type of what a session takes in, of a pipeline and the type of an input.
        stepped: returns what is said of what a session of a pipeline has answered.
        facts: returns what clients are told of a pipeline beside its record, by name.
    """

    noun: str
    input: Callable[[Any, int], Any]
    output: Any
    examples: Callable[[Any], Sequence[Any]]
    options: Mapping[str, Bound]
    answer: Callable[
        [Any, Sequence[Any], Mapping[str, Any]], tuple[Sequence[Any], Sequence[Sequence[str]]]
    ]
    keras: Callable[[Any, Sequence[Any], Mapping[str, Any]], Any]
    begins: bool = False
    begun_with: tuple[str, ...] = ()
    pieces: Callable[[Any, int], Sequence[Any]] = lambda given, most: [given]
    step: Any = None
    piece: Callable[[Any, Any], Any] = lambda pipeline, one: one
    stepped: Callable[[Any, Any], Any] = lambda pipeline, found: found
    facts: Callable[[Any], Mapping[str, Any]] = lambda pipeline: {}


class Scoring(msgspec.Struct, frozen=True, kw_only=True):
    """How a model is to be scored.

    Attributes:
        split: what the examples are, for the record.
        own: whether they are a user's own, and not of a data set of the zoo.
        options: those of the task that were given, by their name in Python; `reading`, in place
            of those that say how a table is read, holds them as one value.
        progress: called with what is being done, how much is done, and how much there is.
        show: called with the name and the picture of every picture of the scores, where any are
            wanted.
        tell: called with lines that say more of the scores than the figures, where any are wanted.
    """

    split: str = "test"
    own: bool = False
    options: Mapping[str, Any] = msgspec.field(default_factory=dict)
    progress: Callable[[str, int, int], None] | None = None
    show: Callable[[str, Figure], None] | None = None
    tell: Callable[[str], None] | None = None

    def advance(self, what: str, done: int, total: int) -> None:
        """Tell how far it is."""
        if self.progress is not None:
            self.progress(what, done, total)


class Noise(msgspec.Struct, frozen=True, kw_only=True):
    """How much an honest measurement of a metric may differ on another machine.

    Attributes:
        tipped: share of the examples whose answer the noise of floating point may change.
        absolute: what the figure itself may differ by.
        relative: the same as a share of the figure, whose record holds six digits that count.
        example: how much one example may change the figure: its share of the standard error
            (`"spread"`); one of all (`"share"`); two of the smallest class, of a figure of one
            class or a mean over classes (`"class"`); or, of one that is clipped, of which a
            sample may show no spread at all, one of all there and its share of the standard
            error elsewhere (`"clipped"`).
        elsewhere: factor by which it may differ on other data of the same kind, where that is
            computed anew and comes out otherwise; None takes the standard errors of both.
    """

    tipped: float = 0.0
    absolute: float = 0.0
    relative: float = 0.0
    example: Literal["spread", "share", "class", "clipped"] = "spread"
    elsewhere: float | None = None


class GraphFile(msgspec.Struct, frozen=True):
    """An ONNX graph as it is published.

    Attributes:
        name: its file in a repository, such as `"onnx/model.onnx"`.
        content: the graph.
        meanings: what every input and output is, by its name.
    """

    name: str
    content: bytes
    meanings: Mapping[str, str]


class WebPage(msgspec.Struct, frozen=True, kw_only=True):
    """How the exported models of a task are asked in a browser.

    Attributes:
        graphs: names of the graphs that the page asks.
        scripts: JavaScript modules, files of the package by their names beside the page. One is
            `model.js`, whose `start` is given the page; the others are what it imports.
        settings: returns what the scripts must know of a checkpoint, as JSON holds it, given real
            inputs for it.
    """

    graphs: tuple[str, ...]
    scripts: Mapping[str, str]
    settings: Callable[[Any, Sequence[Any]], Mapping[str, Any]]


class Exporting(msgspec.Struct, frozen=True, kw_only=True):
    """How the exported models of a task are asked, checked and described.

    Their graphs are those of `Task.graphs`, by the name of the file without its ending. In every
    format but one, whose file takes raw input, each is a function of arrays by name that returns
    arrays by name; `Graphs` below are such functions by the graph's name.

    Attributes:
        inputs: returns real inputs, given a checkpoint and the test split of its data set; or
            None for the latter, where that is not at hand.
        model: returns what answers as a Keras model does, to compare with.
        pipeline: returns the same of a pipeline, where Keras is not installed.
        compare: yields what was compared, what was found and what was expected, of a checkpoint;
            the `Graphs` that were exported; what `model` or `pipeline` returned; and inputs.
        functions: returns the `Graphs` of a Keras model, in Keras' own operations, as far as there
            are any.
        answers: returns what a Keras model answers to inputs, as arrays.
        before: what is done to an input before the network, in Markdown.
        after: what is done to what it gives.
        example: Python that asks the graphs, as functions of their names, which `numpy` and what
            `before` names are imported for. It takes a checkpoint and the names that there are.
        raw: Python that asks a Keras model, called `model`.
        longest: returns the most steps that the network reads; None for no bound.
        tolerance: how far an exported model may be from the Keras model, and from the pipeline.
        coarse: how far it may be whose weights are rounded to 8 bits.
        point: returns what a point of the first figure of a checkpoint is, of which rounding may
            cost 0.3; negative where less of it is better.
        exact: returns why the weights of a checkpoint are not to be rounded to whole numbers;
            empty if they may be.
        web: how they are asked in a browser, if they are.
    """

    inputs: Callable[[Any, Any], Sequence[Any]]
    model: Callable[[Any], Any]
    pipeline: Callable[[Any], Any]
    compare: Callable[[Any, Mapping[str, Any], Any, Sequence[Any]], Iterator[Compared]]
    functions: Callable[[Any], dict[str, Any]]
    answers: Callable[[Any, Sequence[Any]], list[Any]]
    before: Callable[[Any], str]
    after: Callable[[Any], str]
    example: Callable[[Any, Collection[str]], str]
    raw: Callable[[Any], str]
    longest: Callable[[Any], int | None] = lambda source: None
    tolerance: float = 1e-5
    coarse: float = 0.1
    point: Callable[[Any], float] = lambda source: 0.01
    exact: Callable[[Any], str] = lambda source: ""
    web: WebPage | None = None


class CardPart(msgspec.Struct, frozen=True, kw_only=True):
    """What the card of a checkpoint says that is peculiar to its task.

    Attributes:
        template: the card's template, by its path in the package; it extends `card.md.jinja` of
            `templates/`, whose blocks it fills.
        snippet: Python that asks the published ONNX files, with what `onnxruntime`, `numpy` and
            `tokenizers` give imported.
        remark: how those answers differ from the zoo's own, in Markdown.
        metrics: figures that a record must hold, first the one that the card is headed by; none
            takes the record's first.
        validation: figures of the validation that it must hold.
        tags: those of the Hub.
        languages: codes of the languages, of a task of texts.
        listed: whether the front matter lists data sets and metrics.
        context: returns what else the template shows, of what a reader passes to `zoo.load`:
            `snippet`, Python that asks the model, and `answer`, what it really answers; and, where
            it is not as usual, `label` and `figure`, the name of the first metric and what writes
            its values.
    """

    snippet: str
    remark: str
    tags: tuple[str, ...]
    context: Callable[[str], Mapping[str, Any]]
    template: str = "card.md.jinja"
    metrics: tuple[str, ...] = ()
    validation: tuple[str, ...] = ()
    languages: str | list[str] | None = None
    listed: bool = True


class UserData(msgspec.Struct, frozen=True, kw_only=True):
    """Data of a user's own that a model is to be tuned on.

    Attributes:
        train: a file, a folder, a table in memory, or lists.
        valid: the same for validation; None cuts a part out of `train`.
        share: share of `train` to cut out; None for the usual one.
        options: those of the task that were given and say where in the data what stands, or how
            that is read, by their name in Python.
    """

    train: Any
    valid: Any = None
    share: float | None = None
    options: Mapping[str, Any] = msgspec.field(default_factory=dict)


class Prepared(msgspec.Struct, frozen=True):
    """Data of a user's own that was read, checked and cut into two parts.

    Attributes:
        data: what the task makes of it.
        sources: what a record says of where it comes from.
        labels: names of the classes, of a task that has any.
        settings: how the model is to be tuned, with nothing left open.
        source: the checkpoint to start from, where the data asks for more than the one that was
            given has; None for that one.
    """

    data: Any
    sources: tuple[DataSource, ...]
    labels: tuple[str, ...] = ()
    settings: Any = None
    source: Any = None


class Explaining(msgspec.Struct, frozen=True):
    """How a task explains its answers.

    Attributes:
        files: what the name of a file may end in that an explanation is written to.
        output: the file that the command writes where none is named; None writes none.
        keras: whether the Keras model is asked; else the pipeline, which answers sooner.
    """

    files: tuple[str, ...] = (".png", ".html")
    output: str | None = None
    keras: bool = True


class Explanation(Protocol):
    """Why a model answers as it does, as `zoo.explain` returns it."""

    def as_json(self) -> Any:
        """Return it as JSON holds it."""

    def as_rows(self) -> list[tuple[str, ...]]:
        """Return it as lines of cells; none where it is a picture alone."""

    def as_text(self, colours: int) -> Text | None:
        """Return it for a terminal of so many colours, or None where it is not shown there."""

    def draw(self) -> Figure:
        """Draw it."""

    def write(self, path: str | Path) -> Path:
        """Write it into a file of one of the kinds that its task names."""
