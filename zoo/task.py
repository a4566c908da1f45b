"""The protocol of a task, and how one is found: by the name of its folder.

What is peculiar to a task lies in `zoo/tasks/<task>/`; the rest of the zoo asks it through `Task`
and never by name. Nothing lists the tasks a second time, and only the one that is asked for is
imported.
"""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from zoo.common.answering import Answers, Request
from zoo.common.options import Option
from zoo.common.starting import Starting
from zoo.errors import InputError
from zoo.formats import Checkpoint, Format
from zoo.interfaces import (
    Asked,
    CardPart,
    Explaining,
    Explanation,
    Exporting,
    GraphFile,
    Noise,
    Prepared,
    Scoring,
    UserData,
)
from zoo.schema import Metric, ModelInfo

__all__ = [
    "Task",
    "asked_of",
    "exporting_of",
    "options_of",
    "starting_of",
    "task_named",
    "task_names",
    "task_of",
]


class Task(ABC):
    """What the rest of the zoo knows of a task.

    What every task does lies in modules of its folder that are called alike, and is imported when
    it is asked for: `answers` predicts, `scoring` reads and evaluates, `data` has settings and
    prepares, `training` learns, `learning` tunes, `graph`, `board` and `card` are what they are
    called. A task says itself what answers, what it does otherwise, and what not every task does.

    Attributes:
        name: the Hugging Face name of the task, which is that of its folder, with hyphens.
        noun: what a model of it is, with its article.
        format: what its checkpoints consist of.
        data: the kind of data set that it is scored on.
        own_data: what a user gives for one, with its article.
        hub_tag: what the Hub calls it; None if the Hub has no such task.
        hub_class: KerasHub's class of it; None if it has none.
        noise: how much an honest re-measurement of a metric may differ, by the metric's name, that
            of a number of steps without the number: `nrmse` of `nrmse_84`.
        whole: whether a sample of a data set means nothing, so that it is scored as a whole.
        explaining: how it explains its answers, if it does.
        hub_metrics: what the Hub calls its metrics, by their names, where it calls them otherwise.
        figures: what its scores in validation are called in pictures, by their names, where that
            is not the name itself.
        engines: what its pipelines compute with, the usual one first, where there is a choice.
        drawn: what the pictures of its scores show, by the names that `evaluate` gives them.
        files: what the names of files end in, each of which is one input; none of a task whose
            inputs are texts, of which a file holds many.
        at_once: how many inputs out of a file or a folder are answered before what was answered
            is on disk.
    """

    name: ClassVar[str]
    noun: ClassVar[str]
    format: ClassVar[Format]
    data: ClassVar[type]
    own_data: ClassVar[str]
    hub_tag: ClassVar[str | None]
    hub_class: ClassVar[str | None] = None
    noise: ClassVar[Mapping[str, Noise]] = {}
    whole: ClassVar[bool] = False
    explaining: ClassVar[Explaining] = Explaining()
    hub_metrics: ClassVar[Mapping[str, str]] = {}
    figures: ClassVar[Mapping[str, str]] = {}
    drawn: ClassVar[Mapping[str, str]] = {}
    engines: ClassVar[tuple[str, ...]] = ()
    files: ClassVar[tuple[str, ...]] = ()
    at_once: ClassVar[int] = 2_000

    @abstractmethod
    def pipeline(self, source: Checkpoint, threads: int | None, engine: str | None = None) -> Any:
        """Return what answers from a checkpoint without Keras.

        Args:
            source: a verified checkpoint of the task.
            threads: batches computed side by side; None means one for every core.
            engine: one of `engines`; None for the usual one.
        """

    def card(self, source: Checkpoint) -> CardPart:
        """Return what the card of a checkpoint says that is peculiar to the task.

        Args:
            source: a verified checkpoint of the task.
        """
        found: CardPart = self._part("card").card(source)
        return found

    def titles(self, source: Checkpoint) -> dict[str, str]:
        """Return the titles of the pictures in docs/ that the card of an entry may show.

        Args:
            source: the entry's checkpoint.

        Returns:
            The titles by file name.
        """
        return {}

    def graphs(self, source: Checkpoint) -> tuple[GraphFile, ...]:
        """Return the ONNX graphs that are published of a checkpoint.

        Args:
            source: a verified checkpoint of the task.
        """
        found: tuple[GraphFile, ...] = self._part("graph").graphs(source)
        return found

    def predict(self, pipeline: Any, request: Request) -> Answers:
        """Return what a pipeline answers to a request.

        Args:
            pipeline: what `pipeline` returned.
            request: the inputs and the options, those of the task's module `options`.

        Raises:
            InputError: an input is not as the model needs it.
        """
        found: Answers = self._part("answers").predict(pipeline, request)
        return found

    def read(self, pipeline: Any, data: Any, how: Scoring) -> Any:
        """Return data of a user's own as the data set that it is.

        Args:
            pipeline: what `pipeline` returned.
            data: a file, a folder, a table in memory, or lists.
            how: its options say where in the data what stands, and how that is read.

        Raises:
            DataError: it cannot be read, or does not fit the model.
        """
        return self._part("scoring").read(pipeline, data, how)

    def evaluate(self, pipeline: Any, data: Any, how: Scoring) -> tuple[Metric, ...]:
        """Return the figures of a pipeline on a data set, each with its interval.

        Args:
            pipeline: what `pipeline` returned.
            data: the data set, of the kind of `data`.
            how: the split, the options, and who is told of the progress and shown pictures.

        Raises:
            InputError: the data does not fit the model, or is too little.
        """
        found: tuple[Metric, ...] = self._part("scoring").evaluate(pipeline, data, how)
        return found

    def settings(self, source: Checkpoint, given: Mapping[str, Any]) -> Any:
        """Return how a model is to be tuned, with what is left open None.

        Args:
            source: a verified checkpoint, which is to be tuned; see `prepare`.
            given: the settings that a user gives, by name.

        Raises:
            InputError: one is unknown to the task, or out of bounds.
        """
        return self._part("data").settings(source, given)

    def prepare(self, source: Checkpoint, given: UserData, settings: Any) -> Prepared:
        """Return data of a user's own, read, checked and cut into two parts; without Keras.

        Args:
            source: a verified checkpoint of the task, which is to be tuned; or one of another that
                the task can begin from, by its module `starting`.
            given: where the data is.
            settings: what `settings` returned.

        Raises:
            DataError: it cannot be read, or nothing can be learnt from it.
        """
        found: Prepared = self._part("data").prepare(source, given, settings)
        return found

    def learn(
        self, recipe: Any, *, entry: Callable[[str], Any], tell: Callable[[str], None], data: Any
    ) -> Any:
        """Return the `Learner` of an entry.

        Args:
            recipe: what is special about the entry, in the words of the task's module `recipe`.
            entry: opens the pipeline of another entry, which may teach this one.
            tell: called with what is being done before the learning begins.
            data: what the task has read for a recipe on the same data, for several runs; None
                reads it.

        Raises:
            DataError: the data is neither at hand nor reachable, or nothing can be learnt from it.
        """
        return self._part("training").learn(recipe, entry=entry, tell=tell, data=data)

    def tune(self, load: Callable[..., Any], info: ModelInfo, prepared: Prepared) -> Any:
        """Return the `Learner` of a model that is tuned.

        Args:
            load: loads the model, with a new head when it is given labels.
            info: its record.
            prepared: what `prepare` returned.
        """
        return self._part("learning").tune(load, info, prepared)

    def board(self, board: Any, source: Checkpoint, dataset: Any) -> None:
        """Write to TensorBoard what a network does with fixed examples.

        Args:
            board: a `zoo.boards.record.Board`.
            source: a verified checkpoint of the task.
            dataset: the `DataSet` that it was trained on first; None for one that is none of the
                zoo's.
        """
        self._part("board").write_board(board, source, dataset)

    def pictures(self, source: Checkpoint) -> Iterator[tuple[str, Any]]:
        """Yield pictures for the card of an entry, by the end of their names; none unless defined.

        Args:
            source: a verified checkpoint of the task.

        Raises:
            DataError: the data is neither at hand nor reachable.
        """
        return iter(())

    def explain(self, model: Any, data: Any, **options: Any) -> Explanation:
        """Return why a model answers as it does, for `zoo.explain`."""
        raise InputError(f"Expected a task that explains its answers. Received: {self.name}")

    def inspect(self, model: Any, data: Any, **options: Any) -> Any:
        """Return a `Trace` of what goes on inside a model, for `zoo.inspect`."""
        raise InputError(f"Expected a task that shows its states. Received: {self.name}")

    def _part(self, module: str) -> Any:
        """Return a module of the task's folder."""
        return _module(self.name, module)


@cache
def task_names() -> tuple[str, ...]:
    """Return the names of the tasks.

    Example:
        >>> "translation" in task_names()
        True
    """
    folders = (Path(__file__).parent / "tasks").glob("*/task.py")
    return tuple(sorted(place.parent.name.replace("_", "-") for place in folders))


def task_named(name: str) -> Task | None:
    """Return a task, or None if the zoo has no such task.

    Args:
        name: its Hugging Face name, which may come out of a file: it reaches no import unless it
            is the name of a task.

    Example:
        >>> task_named("translation").name
        'translation'
    """
    if name not in task_names():
        return None
    task: Task = _module(name, "task").TASK
    return task


def task_of(info: ModelInfo) -> Task:
    """Return the task of a record that was read: one that the zoo has.

    Args:
        info: the record.

    Example:
        >>> import zoo
        >>> task_of(zoo.info("lstm-imdb")).name
        'text-classification'
    """
    task = task_named(info.task)
    if task is None:
        raise ValueError(f"Expected one of {', '.join(task_names())}. Received: {info.task!r}")
    return task


def options_of(task: str, command: str) -> dict[str, Option]:
    """Return what a command takes with entries of a task beside what it always takes.

    Args:
        task: the task's name, one of `task_names`.
        command: the command's name.

    Returns:
        The options by their name in Python.

    Example:
        >>> "horizon" in options_of("time-series-forecasting", "evaluate")
        True
    """
    found: dict[str, Option] = _module(task, "options").OPTIONS.get(command, {})
    return found


def asked_of(task: str) -> Asked:
    """Return how models of a task are asked over a network.

    Args:
        task: the task's name, one of `task_names`.

    Example:
        >>> asked_of("text-classification").noun
        'text'
    """
    found: Asked = _module(task, "asked").ASKED
    return found


def exporting_of(task: str) -> Exporting:
    """Return how the exported models of a task are asked, checked and described.

    Args:
        task: the task's name, one of `task_names`.

    Example:
        >>> exporting_of("time-series-forecasting").tolerance
        1e-05
    """
    found: Exporting = _module(task, "exporting").EXPORTING
    return found


def starting_of(task: str) -> Starting | None:
    """Return from which checkpoints of other tasks a task can begin; None where from none.

    Args:
        task: the task's name, one of `task_names`.

    Example:
        >>> starting_of("translation") is None
        True
    """
    folder = Path(__file__).parent / "tasks" / task.replace("-", "_")
    if not (folder / "starting.py").is_file():
        return None
    found: Starting = _module(task, "starting").STARTING
    return found


def _module(task: str, module: str) -> Any:
    """Return a module of a task's folder."""
    return importlib.import_module(f"zoo.tasks.{task.replace('-', '_')}.{module}")
