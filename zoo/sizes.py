"""How large the files of a checkpoint may be: no larger than the model that they describe needs."""

from __future__ import annotations

from pathlib import Path

from zoo.configuration import parse_config
from zoo.errors import CheckpointError
from zoo.formats import CONFIG, WEIGHTS, TaskFormat
from zoo.schema import ModelInfo
from zoo.specs import count_parameters

__all__ = ["check_sizes", "reading_order"]

# Of a vocabulary's file, a token; those of the zoo take 15 to 30.
_TOKEN_BYTES = 256
# Of the header of the weights, a tensor beside its name: its dtype, shape and place.
_ENTRY_BYTES = 256


def reading_order(info: ModelInfo) -> list[str]:
    """Return the files of a record in the order in which they are to be read.

    The configuration comes first: it says how large the others may be.

    Args:
        info: the record, which lists the files of its task.

    Example:
        >>> import zoo
        >>> reading_order(zoo.info("lstm-imdb"))[0]
        'config.json'
    """
    first = [CONFIG, WEIGHTS]
    return [*first, *sorted(info.files.keys() - set(first))]


def check_sizes(info: ModelInfo, config: bytes, path: Path, task: TaskFormat) -> None:
    """Refuse files larger than the model needs, before they are fetched or read.

    Args:
        info: the record, which lists the sizes.
        config: content of `config.json`.
        path: the directory to name in errors.
        task: what a checkpoint of the record's task consists of.

    Raises:
        CheckpointError: a size is out of bounds, or the configuration is not one.
    """
    backbone, head, _ = parse_config(config, path / CONFIG, task)
    shapes = task.shapes(backbone, head)
    # A number takes four bytes at most.
    header = sum(len(name) + _ENTRY_BYTES for name in shapes) + 4096
    limits = {WEIGHTS: 4 * count_parameters(shapes) + header}
    for argument, name in task.tokenizers.items():
        tokens = getattr(backbone, argument.replace("tokenizer", "vocabulary_size"))
        limits[name] = _TOKEN_BYTES * tokens + (64 << 10)
    for name, limit in limits.items():
        if info.files[name].size > limit:
            raise CheckpointError(
                f"{path} lists a file larger than its model needs. Expected: at most {limit} "
                f"bytes of {name}. Received: {info.files[name].size}"
            )
