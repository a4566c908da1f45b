"""`zoo push`: a checkpoint to the Hugging Face Hub, in one commit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zoo.cli.errors import one_line_errors
from zoo.cli.output import print_json, print_table, say

__all__ = ["command"]


def command(
    source: Annotated[
        str, typer.Argument(metavar="SOURCE", help="An entry (see [b]zoo list[/b]) or a directory.")
    ],
    repo_id: Annotated[str, typer.Argument(metavar="REPO_ID", help="Repository, user/repo.")],
    private: Annotated[
        bool, typer.Option("--private", help="Only for you and whom you let in.")
    ] = False,
    revision: Annotated[
        str | None, typer.Option(metavar="BRANCH", help="Branch to push to; default: main.")
    ] = None,
    tag: Annotated[
        str | None, typer.Option(metavar="TAG", help="Tag for the commit, such as v1.0.")
    ] = None,
    tensorboard: Annotated[
        Path | None,
        typer.Option(
            help="Folder of event files; default: what training left beside SOURCE, without its "
            "pictures of validation texts."
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would go up, and send nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Push a checkpoint to the Hugging Face Hub, in one commit.

    Verifies it first, then adds its card and the copies for Keras, KerasHub and ONNX Runtime.
    Prints the commit's id and its page. What is unchanged makes no commit. Log in once by
    [b]hf auth login[/b], or set HF_TOKEN.

    Examples:

        zoo push ./my-checkpoint me/my-checkpoint --private

        zoo push lstm-imdb me/lstm-imdb --tag v1.0 --dry-run
    """
    with one_line_errors():
        import zoo
        from zoo.schema import megabytes

        pushed = zoo.push(
            source,
            repo_id,
            private=private,
            revision=revision,
            tag=tag,
            tensorboard=tensorboard,
            dry_run=dry_run,
            progress=lambda line: say(line, error=True),
        )
        if as_json:
            print_json(
                {
                    "repo_id": pushed.repo_id,
                    "revision": pushed.revision,
                    "url": pushed.url,
                    "files": pushed.files,
                    "changed": pushed.changed,
                }
            )
        elif pushed.revision is None:
            print_table(
                ("file", "bytes"),
                [(name, f"{size:,}") for name, size in pushed.files.items()],
                numbers="bytes",
            )
            size = megabytes(sum(pushed.files.values()))
            say(f"Would push {len(pushed.files)} files, {size} MB", error=True)
        else:
            if not pushed.changed:
                say("Nothing has changed there: no new commit", error=True)
            say(pushed.revision)
            say(pushed.url)
