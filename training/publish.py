"""Push a bundled entry to the Hub and pin it: `python -m training.publish lstm-imdb org/lstm-imdb`.

The pin goes into `zoo/published.json`: the repository, the commit, and the SHA-256 and size of
every file. From then on `zoo.load(..., source="hub")` fetches exactly those bytes.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from zoo import checkpoint, registry
from zoo.cli.errors import one_line_errors, run_script
from zoo.errors import InputError, shown
from zoo.hub import snapshot
from zoo.hub.published import PUBLISHED, Pin, read_pins, write_pins
from zoo.hub.publishing import push

__all__ = ["publish"]

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


def publish(
    name: str,
    repo_id: str,
    *,
    private: bool = False,
    tag: str | None = None,
    tensorboard: Path | None = None,
    published: Path = PUBLISHED,
) -> Pin:
    """Push a bundled entry, fetch it back, and write its pin.

    Args:
        name: the entry's name.
        repo_id: the repository, `user/repo`.
        private: whether only you and whom you let in may see it.
        tag: a tag to set on the commit.
        tensorboard: a folder of TensorBoard's event files to push along.
        published: the file of pins.

    Returns:
        The pin.

    Raises:
        InputError: there is no entry of that name.
        ZooError: as for `zoo.push` and `zoo.load`.

    Example:
        >>> publish("lstm-imdb", "user/lstm-imdb")  # doctest: +SKIP
    """
    if name not in registry.list_models():
        raise InputError(
            f"Expected a bundled entry: {', '.join(registry.list_models())}. "
            f"Received: {shown(name)}"
        )
    pushed = push(
        name,
        repo_id,
        private=private,
        tag=tag,
        tensorboard=tensorboard,
        progress=lambda line: print(line, file=sys.stderr),
    )
    assert pushed.revision is not None
    record = (registry.resolve(name) / checkpoint.RECORD).read_bytes()
    pin = Pin(
        repo_id=repo_id,
        revision=pushed.revision,
        files={checkpoint.RECORD: checkpoint.fingerprint(record), **pushed.info.files},
    )
    # What cannot be fetched is not pinned.
    snapshot.fetch(repo_id, pin.revision, pin)
    write_pins(published, {**read_pins(published), name: pin})
    return pin


@app.command()
def main(
    name: Annotated[str, typer.Argument(help="Entry, such as lstm-imdb.")],
    repo_id: Annotated[str, typer.Argument(help="Repository, user/repo.")],
    private: Annotated[bool, typer.Option("--private", help="Make it private.")] = False,
    tag: Annotated[str | None, typer.Option(help="Tag for the commit.")] = None,
    tensorboard: Annotated[
        Path | None, typer.Option(help="Folder of TensorBoard's event files.")
    ] = None,
) -> None:
    """Push a bundled entry to the Hugging Face Hub, and pin the commit in zoo/published.json."""
    with one_line_errors():
        pin = publish(name, repo_id, private=private, tag=tag, tensorboard=tensorboard)
        print(f"Pinned {name} to {pin.repo_id} at {pin.revision} in {PUBLISHED}")


if __name__ == "__main__":
    run_script(app, "training.publish")
