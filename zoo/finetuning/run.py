"""One call from a checkpoint and a user's data to another checkpoint."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo import registry
from zoo.common.optional import check_installed, tells_what_is_missing
from zoo.common.quiet import import_keras
from zoo.errors import InputError, shown
from zoo.files import output_path
from zoo.finetuning.record import FineTuned, Work, check_record
from zoo.finetuning.session import Session
from zoo.finetuning.start import chosen_task
from zoo.interfaces import UserData
from zoo.learning.devices import as_devices
from zoo.schema import ModelInfo
from zoo.tables.columns import printable, source_name
from zoo.task import Task, options_of, task_names

if TYPE_CHECKING:
    from rich.console import Console


__all__ = ["finetune", "plan"]


@tells_what_is_missing
def finetune(
    name: str | Path,
    train: Any,
    *,
    output: str | Path,
    source: str | None = None,
    revision: str | None = None,
    valid: Any = None,
    task: str | None = None,
    text_column: str = "text",
    label_column: str | None = None,
    id_column: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    header: bool | None = None,
    columns: Sequence[str] | None = None,
    date_column: str | None = None,
    fill: str | None = None,
    missing: Sequence[str] | None = None,
    validation_share: float | None = None,
    resume: bool = False,
    wandb: bool = False,
    wandb_texts: bool = False,
    devices: int | str | Sequence[str] | None = None,
    console: Console | None = None,
    **settings: Any,
) -> FineTuned:
    """Fine-tune a checkpoint on data of one's own and write another checkpoint.

    Weights are those of the epoch with the best validation. The run's state, its TensorBoard
    events, the report and its picture lie beside the checkpoint, in `<output>.run`.

    Args:
        name: an entry's name, a checkpoint directory, or `"hf://user/repo"`.
        train: a CSV, TSV, JSON lines or Parquet file, a folder of `.txt` files for every class,
            a file of a data set on the Hub such as `hf://datasets/user/repo/file.parquet`, the
            name of a data set of TensorFlow Datasets (prepared on this machine, or after `tfds:`
            to be downloaded), a table of pandas, polars, Arrow or `datasets`, or a pair of lists:
            texts and labels.
            For a translator a table of sentences and translations, for a speller one of texts and
            what is to be written of them. For a tagger a file of columns as CoNLL has them, a table
            of words and tags, or JSON lines of texts with entities. For a language model a file of
            text, a folder of `.txt` files, a list of texts or a table of them. For a forecaster a
            CSV, TSV or NPY file of a series, a folder of them, or a table of many series with an
            `id_column`, of any number of channels where the network is trained by gradient
            descent; for a classifier of series, likewise, a folder for every class, or such a
            table.
        output: the checkpoint directory to make.
        source: `"hub"` for the published copy of an entry.
        revision: branch, tag or commit on the Hub, as for `zoo.load`.
        valid: the same for validation; by default a part of `train` is cut out, with every class
            in its share.
        task: name of the task to tune for, where a checkpoint can begin one of another:
            `"text-classification"` puts a classifier of texts on the body of a language model,
            whose vocabulary is extended by the words of the data. By default the checkpoint's own,
            or, of a language model, that one where the data has labels: a column so called, a
            folder for every class, or two lists; which is told.
        text_column: name of the column of texts.
        label_column: name of the column of labels, `"label"` by default, of translations,
            `"translation"` by default, or of a speller's answers, `"target"` by default.
        id_column: of a table of many series, a line a step, the column that says which series a
            line is of; `label_column` then names their classes, of a classifier. By default every
            series is a file.
        encoding: of tables in text; by default it is found out.
        delimiter: what separates columns in them; by default it is found out.
        header: whether a line in them names the columns; without one `text_column` and
            `label_column` are numbers from 1. By default it is found out.
        columns: the channels in tables of series, by name or by number from 1; by default all
            columns of numbers.
        date_column: the column of dates in them, by name or number; `"none"` for none. By default
            it is found out.
        fill: how missing values of series are filled: `"linear"` or `"previous"`. By default they
            are refused.
        missing: what else stands for a missing value in series, such as `"-999"`; `"none"` if
            every number is one.
        validation_share: share of `train` to cut out; by default a fifth of fewer than 1,000
            rows, or a tenth, and a fifth of series.
        resume: whether a run that was interrupted or killed goes on, or one that has ended goes on
            to more `epochs`. All else must be as it was.
        wandb: whether Weights & Biases gets what TensorBoard gets, but no picture that shows
            validation texts or series; needs `rnn-zoo[wandb]`.
        wandb_texts: whether it gets those too.
        devices: how many devices of this machine share every batch, or their names, such as
            `["gpu:0", "gpu:1"]`; needs the backend jax. The result is that of one device but for
            rounding.
        console: where progress is shown; by default on standard output.
        **settings: fields of `zoo.learning.settings.FineTuningSettings`, such as `strategy`
            (`"gradual"`, `"full"` or `"head"`; translators and language models have `"full"`
            alone), `epochs`, `learning_rate`, `batch_size`, `seed`. A language model reads its
            text as `batch_size` streams, in pieces of `bptt_steps` tokens. What is fitted in closed
            form has `seed` alone. Of a forecaster that is trained also `horizon`, the steps to
            forecast at once, and `quantiles`, such as `[0.1, 0.5, 0.9]`; of a classifier of series
            that is trained `augment`, whether series are changed a little in every epoch, which
            they are.

    Returns:
        The checkpoint's path and record, and a report of the validation.

    Raises:
        UnknownModelError: there is no such entry or directory, or it is not published.
        CheckpointError: the checkpoint is damaged or tampered with.
        HubError: the Hub cannot be reached, or does not have it.
        InputError: an argument is out of bounds, or `output` exists.
        DataError: the data cannot be read, or nothing can be learnt from it.
        OutputError: the place cannot be written or is full; what was reached before stays. Or no
            run of Weights & Biases can be begun.
        KeyboardInterrupt: Ctrl-C was pressed, or SIGTERM or SIGHUP came; it says where the best
            weights so far are.

    Example:
        >>> import zoo
        >>> tuned = zoo.finetune("lstm-imdb", "reviews.csv", output="mine")  # doctest: +SKIP
        >>> zoo.pipeline(tuned.path)("Does what it says.")  # doctest: +SKIP

    Reference:
        [Howard & Ruder, 2018](https://aclanthology.org/P18-1031/)
    """
    return plan(
        name,
        train,
        output=output,
        source=source,
        revision=revision,
        valid=valid,
        task=task,
        text_column=text_column,
        label_column=label_column,
        id_column=id_column,
        encoding=encoding,
        delimiter=delimiter,
        header=header,
        columns=columns,
        date_column=date_column,
        fill=fill,
        missing=missing,
        validation_share=validation_share,
        resume=resume,
        wandb=wandb,
        wandb_texts=wandb_texts,
        devices=devices,
        console=console,
        **settings,
    )()


def plan(
    name: str | Path,
    train: Any,
    *,
    output: str | Path,
    source: str | None = None,
    revision: str | None = None,
    valid: Any = None,
    task: str | None = None,
    validation_share: float | None = None,
    resume: bool = False,
    wandb: bool = False,
    wandb_texts: bool = False,
    devices: int | str | Sequence[str] | None = None,
    console: Console | None = None,
    **options: Any,
) -> Callable[[], FineTuned]:
    """Check all that `finetune` is given, read the data, and return what does the rest.

    Keras is imported by what is returned, not before: what is wrong with the data is told at once.

    Args:
        name: as for `finetune`, and so are the others.
        **options: those of the task, which say how its data is read or how a model is tuned.
    """
    check_installed("keras", "keras_hub")
    shared = as_devices(devices)
    loaded = registry.read(name, source=source, revision=revision)
    info = loaded.info
    asked = UserData(train=train, valid=valid, share=validation_share, options=options)
    tuned = chosen_task(loaded, asked, task)
    data, settings = _sorted(info, tuned, options)
    chosen = tuned.settings(loaded, settings)
    work = Work(output_path(output), resume, wandb, wandb_texts)
    work.check()
    said = {} if shared is None else {"devices": _joined(shared)}
    if task is not None or tuned.name != info.task:
        said = {"task": tuned.name, **said}
    command = _command(name, train, valid, output, {**data, **settings, **said})
    given = UserData(train=train, valid=valid, share=validation_share, options=data)
    prepared = tuned.prepare(loaded, given, chosen)
    if shared is not None and not prepared.settings.epochs:
        raise InputError(
            f"Expected no devices: {info.name} is fitted in closed form, at once. "
            f"Received: {shown(devices)}"
        )
    check_record(
        info,
        work,
        task=tuned,
        labels=prepared.labels,
        sources=prepared.sources,
        command=command,
        epochs=prepared.settings.epochs or 0,
    )

    def load(**arguments: Any) -> Any:
        from zoo.loading import load, load_read

        if prepared.source is not None:
            return load_read(prepared.source, **arguments)
        return load(name, source=source, revision=revision, **arguments)

    def run() -> FineTuned:
        import_keras()
        from zoo.fitting.devices import on_devices

        session = Session(tuned, info, prepared, work, command=command, console=console)
        with on_devices(shared):
            return session.run(tuned.tune(load, info, prepared))

    return run


def _sorted(
    info: ModelInfo, task: Task, given: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the options that say how data is read, and those that say how a model is tuned.

    Those of the first kind that are as they are by default are left out.

    Raises:
        InputError: one says how the data of other tasks is read.
    """
    own = options_of(task.name, "finetune")
    data, settings = {}, {}
    for name, value in given.items():
        declared = own.get(name)
        takers = {}
        if declared is None:  # only then do other tasks matter
            others = {one: options_of(one, "finetune").get(name) for one in task_names()}
            takers = {one: other for one, other in others.items() if other and other.data}
            declared = next(iter(takers.values()), None)
        if declared is None or not declared.data:
            settings[name] = value
        elif value is None or value == declared.default:
            continue
        elif takers:
            raise InputError(
                declared.refusal.format(
                    flag=name,
                    value=shown(value),
                    name=info.name,
                    task=task.name,
                    tasks=" or ".join(takers),
                )
            )
        else:
            data[name] = value
    return data, settings


def _joined(devices: int | tuple[str, ...]) -> str:
    return str(devices) if isinstance(devices, int) else ",".join(devices)


_OPTIONS = {"clipvalue": "clip_value"}


def _command(name: Any, train: Any, valid: Any, output: Any, settings: dict[str, Any]) -> str:
    """Return the command for the record, without the folders that files lie in."""
    words = ["zoo", "finetune", _short(name), "--train", _short(train)]
    if valid is not None:
        words += ["--valid", _short(valid)]
    words += ["--output", printable(Path(output).resolve().name)]
    for field, value in settings.items():
        option = _OPTIONS.get(field, field).replace("_", "-")
        if isinstance(value, bool):
            words.append(f"--{option}" if value else f"--no-{option}")
        elif isinstance(value, Sequence) and not isinstance(value, str):
            for item in value:
                words += [f"--{option}", str(item)]
        elif value is not None:
            words += [f"--{option}", str(value)]
    return shlex.join(words)


def _short(data: Any) -> str:
    if not isinstance(data, str | Path):
        return "LISTS" if isinstance(data, tuple | list) else "TABLE"
    return source_name(data)
