"""One call from a checkpoint to a folder that other programs run."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import msgspec

from zoo import registry
from zoo.checkpoint import to_json
from zoo.common.strict_json import parse_json
from zoo.errors import InputError, MissingPackageError, shown
from zoo.exporting.checking import Difference, compare_exported, has_keras, keras_model
from zoo.exporting.formats import ExportFormat, Job, format_named
from zoo.exporting.readme import render_readme
from zoo.exporting.rounding import Rounded, check_rounded, round_weights
from zoo.files import check_new_directory, new_directory, occupied, output_path, read_regular
from zoo.formats import RECORD, Checkpoint
from zoo.text.vocabularies import current

__all__ = ["EXPORT", "Exported", "export", "vocabularies"]

# The file by which an export is told from other folders; what it says is told in README.md too.
EXPORT = "export.json"
_LABELS = "labels.json"


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """A model that was exported.

    Attributes:
        path: the folder.
        format: the format, by its name.
        quantize: what the weights were rounded to, or None.
        files: size of every file in bytes, by its name in the folder.
        difference: how far its answers are from those of what it was exported from.
        rounded: what rounding the weights cost, where they were rounded.
    """

    path: Path
    format: str
    quantize: str | None
    files: dict[str, int]
    difference: Difference
    rounded: Rounded | None = None


def export(
    name: str | Path,
    output: str | Path,
    *,
    format: str = "onnx",
    quantize: str | None = None,
    overwrite: bool = False,
    force: bool = False,
    vendor: str | Path | None = None,
    source: str | None = None,
    revision: str | None = None,
    tell: Callable[[str], None] | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Exported:
    """Write a checkpoint as other programs run it: a folder that stands for itself.

    It holds the model, what its texts are cut into words by, its labels, its record, and a
    README.md that documents every input and output, with a snippet that runs. What was written is
    asked real inputs, and compared with the Keras model, or where Keras is not installed with the
    pipeline.

    Args:
        name: an entry's name, a checkpoint directory, or `"hf://user/repo"`.
        output: the folder to make.
        format: `"onnx"`, `"keras"`, `"saved-model"`, `"litert"` or `"web"`, a page for browsers.
        quantize: `"int8"` to round the weights to whole numbers of 8 bits; of `"onnx"` alone. The
            figures on the official test split are measured before and after.
        overwrite: whether an earlier export at `output` is replaced.
        force: whether weights are rounded though the figures fall by more than they may, or
            cannot be measured because the data is not at hand.
        vendor: the folder `node_modules` of an npm install, whose libraries are copied beside the
            page, so that it fetches nothing from elsewhere; of `"web"` alone.
        source: `"hub"` for the published copy of an entry.
        revision: branch, tag or commit on the Hub, as for `zoo.load`.
        tell: called with what is being done.
        progress: called with what is being done, how much is done, and how much there is.

    Returns:
        Where it is, its files, and how far its answers are from the model's.

    Raises:
        UnknownModelError: there is no such entry or directory, or it is not published.
        MissingPackageError: the format needs Keras, which is not installed.
        CheckpointError: the checkpoint is damaged or tampered with.
        InputError: there is no such format, it cannot hold this network, or `output` exists.
        OutputError: the place cannot be written or is full, or what was written does not answer
            as the model does. Nothing is left behind.

    Example:
        >>> import zoo
        >>> zoo.export("lstm-imdb", "./exported").files["model.onnx"]  # doctest: +SKIP
        2962345
    """
    path = output_path(output, "./exported")
    form = format_named(format)
    if quantize is not None and quantize not in form.quantizations:
        known = " or ".join(map(repr, form.quantizations))
        raise InputError(
            f"Expected quantize=None{f' or {known}' if known else ''} with the format {format}. "
            f"Received: {shown(quantize)}"
        )
    if force and quantize is None:
        raise InputError(
            "Expected force=True (--force) with quantize='int8' (--quantize int8), whose loss it "
            "takes. Received: force without quantize"
        )
    if vendor is not None and not isinstance(vendor, str | os.PathLike):
        raise InputError(
            f"Expected vendor=None or a folder, such as './node_modules'. Received: {shown(vendor)}"
        )
    if vendor is not None and not form.vendors:
        raise InputError(
            f"Expected vendor=None with the format {format}: it needs no libraries beside it. "
            f"Received: {shown(str(vendor))}"
        )
    _check_destination(path, overwrite)
    if form.keras and not has_keras():
        raise MissingPackageError(
            f"Expected the package keras and a backend, which exports in the format {format} need. "
            "Received: an installation without them. Run: pip install rnn-zoo"
        )
    loaded = registry.read(name, source=source, revision=revision)
    told = tell or (lambda line: None)
    job = Job(
        loaded,
        quantize,
        lambda: keras_model(loaded),
        told,
        vendor=None if vendor is None else Path(vendor),
    )
    form.names(job)  # what the format cannot hold is refused here
    if quantize is not None:
        job = round_weights(job)
    told(f"Writing {loaded.info.name} in the format {format}")
    with new_directory(path, overwrite) as staging:
        form.write(job, staging)
        difference = compare_exported(form, job, staging)
        rounded = None
        if quantize is not None:
            rounded = check_rounded(job, force, progress)
        _write_beside(form, job, staging, format, difference, rounded)
        files = {
            place.relative_to(staging).as_posix(): place.stat().st_size
            for place in sorted(staging.rglob("*"))
            if place.is_file()
        }
    return Exported(
        path=path,
        format=format,
        quantize=quantize,
        files=files,
        difference=difference,
        rounded=rounded,
    )


def _check_destination(path: Path, overwrite: bool) -> None:
    """Refuse to write where something else is than an earlier export."""
    if not os.path.lexists(path):
        return
    check_new_directory(path)
    if path.is_dir() and not path.is_symlink():
        if not any(path.iterdir()):
            return
        if overwrite and not (path / ".git").exists() and _is_export(path / EXPORT):
            return
    raise occupied(path, overwrite, "an earlier export", "overwrite=True (--overwrite)")


def _is_export(path: Path) -> bool:
    return path.is_file() and isinstance(parse_json(read_regular(path, 1 << 20), path), dict)


def vocabularies(source: Checkpoint) -> dict[str, bytes]:
    """Return the vocabularies' files as an export holds them: beside each other, as of today.

    Args:
        source: a verified checkpoint.

    Example:
        >>> list(vocabularies(registry.read("lstm-imdb")))
        ['tokenizer.json']
    """
    return {f"{Path(name).parent.name}.json": current(data) for name, data in source.assets.items()}


def _write_beside(
    form: ExportFormat,
    job: Job,
    folder: Path,
    name: str,
    difference: Difference,
    rounded: Rounded | None,
) -> None:
    """Write what lies beside the model: vocabularies, labels, record, README."""
    info = job.source.info
    contents = {} if form.raw else vocabularies(job.source)
    if info.labels:
        labels = json.dumps(info.labels, ensure_ascii=False, indent=2) + "\n"
        contents[_LABELS] = labels.encode("utf-8")
    contents[RECORD] = to_json(info)
    contents["README.md"] = render_readme(form, job, name, difference, rounded).encode("utf-8")
    contents[EXPORT] = to_json(
        {
            "format": name,
            "quantize": job.quantize,
            "name": info.name,
            "weights": {key: file.sha256 for key, file in info.files.items()},
            "difference": difference,
            "rounded": rounded,
        }
    )
    for place, data in contents.items():
        with open(folder / place, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
