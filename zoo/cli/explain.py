"""`zoo explain`: why a classifier answers as it does, and where a translator looked."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

import zoo
from zoo.cli.errors import one_line_errors
from zoo.cli.options import Hub, Json, Revision, Source, source_of
from zoo.cli.output import print_json, print_row, say
from zoo.common.escape import is_blank

__all__ = ["command"]


def command(
    name: Source,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="The text.")],
    output: Annotated[
        Path | None, typer.Option(help="File to write: .png, or .html for a classifier.")
    ] = None,
    method: Annotated[
        str, typer.Option(help="integrated_gradients or gradient_x_input, of a classifier.")
    ] = "integrated_gradients",
    label: Annotated[
        str | None, typer.Option(help="Label to explain; default: the one that is chosen.")
    ] = None,
    translation: Annotated[
        str | None, typer.Option(help="Translation to explain; default: the entry's own.")
    ] = None,
    hub: Hub = False,
    revision: Revision = None,
    as_json: Json = False,
) -> None:
    """Show what every word adds to a classifier's answer, or where a translator looked.

    Prints the text in colours on a terminal and a line a token into a pipe, score and token; blue
    speaks for the label and orange against it, or yellow where there are few colours. Of a
    translator the attention is drawn, into attention.png unless told otherwise.

    Examples:

        zoo explain lstm-imdb "A moving film, and never boring." --output why.html

        zoo explain bahdanau-multi30k-de-en "Ein Mann fährt Rad." --output attention.png
    """
    with one_line_errors():
        from zoo.errors import InputError, shown
        from zoo.text.attribution_views import check_picture

        if is_blank(text):
            raise InputError(
                "Expected a text with at least one word, such as 'A moving film.'. "
                f"Received: {shown(text)}"
            )
        place: dict[str, Any] = {"source": source_of(hub), "revision": revision}
        task = zoo.info(name, **place).task
        if task == "translation":
            _explain_translation(
                zoo.pipeline(name, **place),
                text,
                output or Path("attention.png"),
                translation,
                as_json,
            )
        elif task == "text-classification":
            if translation is not None:
                raise InputError(
                    f"Expected no --translation for {name}, of the task {task}. "
                    f"Received: {shown(translation)}"
                )
            if output is not None:
                check_picture(output)
            attribution: Any = zoo.explain(
                zoo.load(name, **place), text, method=method, label=label
            )
            _show(attribution, output, as_json)
        else:
            raise InputError(
                "Expected an entry of the task text-classification or translation. "
                f"Received: {name}, of the task {task}"
            )


def _explain_translation(
    model: Any, text: str, output: Path, translation: str | None, as_json: bool
) -> None:
    from zoo.errors import InputError, shown
    from zoo.pairs.alignment import plot_alignment

    if output.suffix.lower() != ".png":
        raise InputError(f"Expected a file name in .png. Received: {str(output)!r}")
    if translation is not None and is_blank(translation):
        raise InputError(
            "Expected a translation with at least one word, such as 'A man.'. "
            f"Received: {shown(translation)}"
        )
    (alignment,) = model.attention([text], translation and [translation])
    plot_alignment(alignment, output)
    if as_json:
        print_json(
            {
                "source": alignment.source,
                "target": alignment.target,
                "weights": alignment.weights.tolist(),
            }
        )
        return
    say(f"Wrote {output}")


def _colours() -> int:
    """Return how many colours standard output shows: none of a pipe, or where none are wanted."""
    from rich.console import Console

    console = Console()
    if not sys.stdout.isatty() or console.no_color:
        return 0
    known = {"standard": 16, "windows": 16, "256": 256, "truecolor": 1 << 24}
    return known.get(console.color_system or "", 0)


def _show(attribution: Any, output: Path | None, as_json: bool) -> None:
    from zoo.text.attribution_views import attribution_text, plot_attribution

    if output is not None:
        plot_attribution(attribution, output)
    tokens = zip(attribution.tokens, attribution.scores.tolist(), strict=True)
    if as_json:
        print_json(
            {
                "label": attribution.label,
                "probability": attribution.probability,
                "log_odds": attribution.log_odds,
                "baseline": attribution.baseline,
                "method": attribution.method,
                "tokens": [{"token": token, "score": score} for token, score in tokens],
            }
        )
    elif colours := _colours():
        from rich.console import Console

        say(f"{attribution.label} {attribution.probability:.3f}")
        Console(highlight=False).print(attribution_text(attribution, colours))
    else:
        print_row([attribution.label, f"{attribution.probability:.4f}"])
        for token, score in tokens:
            print_row([f"{score:+.4f}", token])
    if output is not None:
        say(f"Wrote {output}", error=as_json)
