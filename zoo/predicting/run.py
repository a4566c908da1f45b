"""A file of answers to a file or a folder: written whole, and gone on with when cut off."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from zoo.common.atomic import temporary
from zoo.common.counts import counted
from zoo.common.optional import need
from zoo.common.user_warnings import warn_user
from zoo.errors import DataError, InputError, ZooError, shown, shown_path
from zoo.files import output_path
from zoo.fitting.stopping import stop_requests
from zoo.pipelines import pipeline
from zoo.predicting.on_ray import Done, OnRay, workers_of
from zoo.predicting.partial import Partial, cannot_write
from zoo.predicting.parts import answer_chunk, compute_part, messages, put_part
from zoo.predicting.plan import Part, Plan, added_fields, differences, form_of
from zoo.predicting.sources import Files, Source, open_source
from zoo.predicting.writing import merge_parts
from zoo.tables.chunks import Chunk, digest_of
from zoo.task import Task, options_of, task_of

__all__ = ["FileAnswers", "Stopped", "predict_file"]

logger = logging.getLogger(__name__)


class FileAnswers(msgspec.Struct, frozen=True, kw_only=True):
    """What was written.

    Attributes:
        path: the file of answers.
        inputs: how many rows, or files, were answered.
        empty: how many of them are texts in which nothing is to be read.
        rows: how many rows the file has.
        columns: names of its columns.
        told: what there is to say of the answers, each a sentence.
        of_files: whether the inputs are files of their own; else rows of one.
    """

    path: Path
    inputs: int
    empty: int
    rows: int
    columns: tuple[str, ...]
    told: tuple[str, ...]
    of_files: bool = False


class Stopped(KeyboardInterrupt):
    """A signal stopped a run, whose parts are on disk.

    Attributes:
        signal: the number of the signal.
    """

    def __init__(self, message: str, number: int) -> None:
        super().__init__(message)
        self.signal = number


def predict_file(
    name: Any,
    data: str | Path,
    output: str | Path,
    *,
    resume: bool = False,
    overwrite: bool = False,
    source: str | None = None,
    revision: str | None = None,
    threads: int | None = None,
    engine: str | None = None,
    workers: int | None = None,
    ray_address: str | None = None,
    progress: Callable[[str, int, int], None] | None = None,
    **options: Any,
) -> FileAnswers:
    """Answer every row of a table of texts, or every file of a folder of series, into a file.

    Rows stay in their order and keep their other columns; those of the answers stand behind them:
    `label` and `score`, or `translation_text`, or the steps of a forecast with the dates where the
    series has any. What is answered is on disk part by part in a directory beside the output,
    `answers.csv.partial`, and takes the same memory however long the file is; at the end the
    output appears whole and that directory goes.

    Args:
        name: an entry's name, a checkpoint directory, `"hf://user/repo"`, or a pipeline.
        data: of texts a CSV, TSV, JSON lines or Parquet file, also packed with gzip, or what else
            `zoo.evaluate` takes; of series a file as for `zoo.evaluate`, or a folder of them.
        output: the file to write, of the form that its name ends in: `.csv`, `.tsv`, `.jsonl` or
            `.parquet`; but for Parquet also with `.gz`. CSV is in UTF-8.
        resume: whether to go on with a run that was stopped or killed: the file comes out as if
            it had not been.
        overwrite: whether an old output is replaced.
        source: `"hub"` for the published copy of an entry.
        revision: branch, tag or commit on the Hub, as for `zoo.load`.
        threads: batches of texts computed side by side; None means one for every core.
        engine: what computes, as for `zoo.pipeline`; or `"ray"` for workers of Ray, each with a
            pipeline of its own on one core, which write the same file; needs
            `pip install "ray[data]"`.
        workers: of Ray, how many; None means one for every core of its cluster.
        ray_address: where a cluster of Ray is that this machine belongs to, such as `"auto"` or
            `"10.0.0.1:6379"`; None means that of the environment variable RAY_ADDRESS, or none:
            Ray is begun on this machine, and ended with the run. The machines of a cluster must
            share the place of the output, and of a folder that is read.
        progress: called with what is being done, how much is done, and how much there is.
        **options: those of `zoo predict` for the model's task, with underscores, such as
            `text_column`, `top_k`, `num_beams` or `horizon`.

    Returns:
        What was written, and what there is to say of it.

    Raises:
        InputError: the output's name ends in something else, or it is there already; an option
            does not apply; a run that is gone on with was of another input, model, engine or
            options; or Ray is not installed, or there is no such cluster.
        DataError: the data cannot be read. What was answered before is kept.
        OutputError: the output cannot be written, or workers of Ray are killed again and again.
            What was answered before is kept.
        KeyboardInterrupt: Ctrl-C or SIGTERM stopped it. What was answered before is kept.

    Example:
        >>> import zoo
        >>> zoo.predict_file("lstm-imdb", "reviews.csv", "answers.csv").rows  # doctest: +SKIP
        10000
    """
    path = output_path(output, "answers.csv")
    form, packed = form_of(path)
    if form == "parquet":
        need("pyarrow", "Parquet files")
    on_ray = workers_of(engine, workers, ray_address)
    computes = None if engine == "ray" else engine
    model = name
    if isinstance(name, str | Path):
        model = pipeline(name, source=source, revision=revision, threads=threads, engine=computes)
    elif (source, revision, threads, computes) != (None, None, None, None):
        raise InputError(
            "Expected source, revision, threads and engine with the name of a checkpoint only. "
            f"Received: {type(name).__name__}"
        )
    task = task_of(model.info)
    given = _checked(options, task)
    place = os.fspath(data)
    if on_ray is not None and os.path.lexists(place):  # workers may stand in another directory
        place = str(Path(place).absolute())
    partial = Partial(path)
    # Killed between the two steps, a run leaves both the output and its parts.
    overwrite = overwrite or (resume and partial.is_of(path))
    _check_output(path, place, overwrite)
    opened = open_source(task, place, given, progress)
    plan = Plan(
        version=_version(),
        model=model.info.name,
        weights=digest_of(sorted((key, file.sha256) for key, file in model.info.files.items())),
        engine=getattr(model, "engine", ""),
        task=task.name,
        options=given,
        layout=digest_of(opened.layout()),
        path="" if isinstance(opened, Files) else place,
        form=form,
        rows=task.at_once,
        kept=opened.kept,
    )
    for told in opened.told:
        warn_user(told)
    with stop_requests() as stop, partial.opened(resume) as begun:
        if begun is None and resume:
            logger.info("There is nothing of %s to go on with: it is begun", path)
        if begun is not None:
            if different := differences(begun, plan):
                raise InputError(
                    f"Expected to go on with {path} as it was begun. Received: other than there "
                    f"{'; '.join(different)}. Give the same again, or remove {partial.path}"
                )
            plan = msgspec.structs.replace(begun, path=plan.path, kept=plan.kept)
        work = _Work(plan, partial, opened, model, progress, begun is not None)
        work.compute(stop, on_ray)
        return work.finish(packed, overwrite)


def _version() -> str:
    from zoo import __version__

    return __version__


def _checked(options: Mapping[str, Any], task: Task) -> dict[str, Any]:
    """Return the options that were given, all of which the task takes, as JSON holds them."""
    known = options_of(task.name, "predict")
    given = {key: value for key, value in options.items() if value not in (None, [], ())}
    for key in given:
        if key not in known:
            raise InputError(
                f"Expected options out of {', '.join(sorted(known))}. Received: {shown(key)}"
            )
    found: dict[str, Any] = msgspec.to_builtins(given)
    return found


def _check_output(path: Path, data: str, overwrite: bool) -> None:
    """Refuse an output that is the input, or there already; of many files the input is empty."""
    try:
        same = path.samefile(data)
    except (OSError, ValueError):
        same = False
    if same:
        raise InputError(
            f"Expected an output beside the data. Received: {shown_path(data)} for both. Choose "
            "another output"
        )
    if data and Path(data).is_dir() and Path(data).resolve() in path.resolve().parents:
        raise InputError(
            f"Expected an output outside of the folder {shown_path(data)}, whose files are read. "
            f"Received: {str(path)!r}. Choose another output"
        )
    if path.is_dir() or (os.path.lexists(path) and not overwrite):
        hint = "" if path.is_dir() else ", or add --overwrite to replace it"
        raise InputError(
            f"Expected an output that does not exist yet. Received: {str(path)!r}. Choose another"
            f"{hint}"
        )


class _Work:
    """A run: what is computed of it, and what becomes of its parts."""

    def __init__(
        self,
        plan: Plan,
        partial: Partial,
        source: Source,
        model: Any,
        progress: Callable[[str, int, int], None] | None,
        begun: bool,
    ) -> None:
        self.plan, self.partial, self.source = plan, partial, source
        self.model, self.progress, self.begun = model, progress, begun
        self.parts = 0

    def compute(self, stop: Any, on_ray: OnRay | None = None) -> None:
        """Compute what is missing, as long as nothing asks to stop.

        Args:
            stop: true once something asks.
            on_ray: computes parts elsewhere; None computes them here.
        """
        read = killed = 0
        try:
            for done in self._here() if on_ray is None else self._elsewhere(on_ray, stop):
                if done.error is not None:
                    raise done.error
                killed += done.killed
                self.parts, read = max(self.parts, done.parts), read + done.amount
                if self.progress is not None and self.source.total:
                    self.progress("answering", read, self.source.total)
                if stop:
                    break
            if killed:
                warn_user(
                    f"{counted(killed, 'worker')} died; what they had begun was computed by others",
                )
            if stop:
                raise self._stopped(stop.number)
            if not self.parts:
                raise DataError(
                    f"Expected at least one row of data in {self.plan.path}. Received: none"
                )
        except ZooError as error:
            raise type(error)(f"{error}{self._kept()}") from error
        except OSError as error:
            raise cannot_write(self.partial.output, error, self._kept()) from error
        except Stopped:
            raise
        except KeyboardInterrupt:
            raise self._stopped(signal.SIGINT) from None

    def _stopped(self, number: int) -> Stopped:
        by = "Ctrl-C" if number == signal.SIGINT else signal.Signals(number).name
        return Stopped(f"Stopped by {by}{self._kept()}", number)

    def _kept(self) -> str:
        """Say what is kept where a run ends early; where there is nothing, nothing stays."""
        inputs = self.partial.inputs(self.plan)
        if not inputs and not self.begun:
            self.partial.remove()
            return ""
        what = "file" if isinstance(self.source, Files) else "row"
        return (
            f". The answers to {counted(inputs, what)} are kept in "
            f"{self.partial.path}: add --resume to go on"
        )

    def _here(self) -> Iterator[Done]:
        read = 0
        for number, chunk in enumerate(self.source.chunks(self.plan.rows)):
            self._compute(number, chunk)
            yield Done(number + 1, chunk.done - read)
            read = chunk.done

    def _elsewhere(self, on_ray: OnRay, stop: Any) -> Iterator[Done]:
        if not self.plan.fields:  # as only the first answers tell
            chunks = self.source.chunks(self.plan.rows)
            first, more = next(chunks, None), next(chunks, None)
            if first is not None:
                self._compute(0, first)
            if more is None:
                yield from self._here()
                return
            del chunks, first, more
        yield from on_ray(self.plan, self.partial.output, self.source, self.model, stop)

    def _compute(self, number: int, chunk: Chunk) -> None:
        if self.partial.holds(number, self.plan, chunk):
            return
        if self.plan.fields:
            compute_part(self.plan, self.partial.output, self.model, number, chunk)
            return
        # What the columns of the answers are is known once the first are there.
        answered = answer_chunk(self.plan, self.model, chunk)
        added, renamed = added_fields(self.plan.kept, answered.fields)
        for old, new in renamed:
            warn_user(
                f"The data has a column {old!r} of its own: that of the answers is called {new!r}",
            )
        self.plan = msgspec.structs.replace(self.plan, fields=answered.fields, added=added)
        self.partial.begin(self.plan)
        put_part(self.plan, self.partial.output, number, chunk, answered)

    def _records(self) -> Iterator[Part]:
        for number in range(self.parts):
            part = self.partial.part(number, self.plan)
            if part is None:
                raise InputError(
                    f"Expected part {number + 1} in {self.partial.path}. Received: none; it was "
                    "removed meanwhile. Add --resume to compute it"
                )
            yield part

    def finish(self, packed: bool, overwrite: bool) -> FileAnswers:
        """Put the parts together, and the whole in its place; then they go.

        Args:
            packed: whether the output is packed with gzip.
            overwrite: whether an old output is replaced.
        """
        path, plan = self.partial.output, self.plan
        inputs = empty = rows = 0
        for part in self._records():
            inputs, empty, rows = inputs + part.inputs, empty + part.empty, rows + part.rows
        told = []
        for message, warns in messages(self._records(), inputs):
            told.append(message)
            if warns:
                warn_user(message)
            else:
                logger.info("%s", message)
        files = [self.partial.file(number, plan) for number in range(self.parts)]
        try:
            with temporary(path, folder=False) as whole:
                merge_parts(files, plan, whole, packed)
                with open(whole, "rb+") as file:
                    os.fsync(file.fileno())
                self.partial.note_whole(whole)
                _check_output(path, plan.path, overwrite)
                os.replace(whole, path)
        except OSError as error:
            raise cannot_write(path, error, self._kept()) from error
        self.partial.remove()
        return FileAnswers(
            path=path,
            inputs=inputs,
            empty=empty,
            rows=rows,
            columns=tuple(plan.names),
            told=tuple(told),
            of_files=isinstance(self.source, Files),
        )
