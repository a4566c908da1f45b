"""What a card says of the copies for other readers: Keras, KerasHub and ONNX Runtime."""

from __future__ import annotations

from zoo.common.escape import Markdown, templates
from zoo.formats import Checkpoint
from zoo.hub.onnx_files import OnnxFile
from zoo.interfaces import CardPart
from zoo.task import task_of

__all__ = ["render_readers"]


def render_readers(
    loaded: Checkpoint, files: list[OnnxFile], repo_id: str | None, part: CardPart
) -> Markdown:
    """Return the section of a card on other readers, in Markdown.

    Args:
        loaded: a verified checkpoint.
        files: its ONNX files.
        repo_id: the repository that the card is for; None leaves out what needs its name.
        part: what the card says that is peculiar to the task.

    Example:
        >>> from zoo import checkpoint, registry
        >>> from zoo.hub.onnx_files import onnx_files
        >>> loaded = checkpoint.read(registry.resolve("lstm-imdb"))
        >>> render_readers(
        ...     loaded, onnx_files(loaded), "user/repo", task_of(loaded.info).card(loaded)
        ... ).splitlines()[0]
        '## Other readers'
    """
    environment = templates().overlay(trim_blocks=True)
    section = environment.get_template("readers.md.jinja").render(
        repo_id=repo_id,
        hub_class=task_of(loaded.info).hub_class,
        tokenizer=bool(loaded.assets),
        snippet=Markdown(part.snippet),
        tables=[
            (
                file.name,
                [
                    (kind, tensor, Markdown(tensor.meaning))
                    for kind, tensors in (("input", file.inputs), ("output", file.outputs))
                    for tensor in tensors
                ],
            )
            for file in files
        ],
        remark=Markdown(part.remark),
    )
    return Markdown(section)
