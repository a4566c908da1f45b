"""Checks of a model card before anybody sees it."""

from __future__ import annotations

import re

from zoo.common.escape import bibtex_field, markdown, one_line
from zoo.errors import CheckpointError, shown
from zoo.schema import ModelInfo

__all__ = ["check_card"]

_WORDS = r"\b(?:TODO|TBD|FIXME|XXX)\b|lorem ipsum"
_PLACEHOLDERS = re.compile(
    r"\{\{|\}\}|\{%|%\}|\[More Information Needed\]|\[(?:insert|your|add)\b[^\]\n]*\](?!\()|"
    rf"<(?:your|insert|repo|user)[^>\n]*>|{_WORDS}",
)
# What a name must hold to look like a placeholder, or like a part of one.
_SUSPECT = re.compile(rf"[{{}}%<>\[\]]|{_WORDS}")


def check_card(text: str, info: ModelInfo) -> None:
    """Refuse a card that is not finished, or that says something else than the record.

    Names of classes and files may be what they like: `TODO` is an honest label.

    Args:
        text: the card, Markdown with front matter.
        info: the record of the checkpoint that it describes.

    Raises:
        CheckpointError: the front matter is not one of the Hub's cards, its `model-index` is not
            the record's metrics, or a placeholder is left.

    Example:
        >>> import zoo
        >>> from zoo.cards.card import render_card
        >>> check_card(render_card("lstm-imdb"), zoo.info("lstm-imdb"))
    """
    from huggingface_hub import ModelCard, ModelCardData

    found = _PLACEHOLDERS.search(_without_names(text, info))
    if found is not None:
        line = text.count("\n", 0, found.start()) + 1
        raise CheckpointError(
            f"Expected a finished card of {info.name}. Received: the placeholder "
            f"{shown(found[0])} in line {line}. Fill it in"
        )
    if not text.startswith("---\n"):
        raise CheckpointError(
            f"Expected a card of {info.name} that begins with front matter, between lines of ---. "
            f"Received: {shown(text.partition(chr(10))[0])}"
        )
    try:
        card = ModelCard(text)
        again = ModelCard(str(card))
    except Exception as error:  # of YAML, or of the client's own checks
        raise CheckpointError(
            f"Expected front matter that the Hub takes, in the card of {info.name}. "
            f"Received: {shown(' '.join(str(error).split()), 200)}"
        ) from error
    data = card.data
    assert isinstance(data, ModelCardData)
    if again.data.to_dict() != data.to_dict():
        raise CheckpointError(
            f"Expected front matter that stays the same when it is read and written, in the card "
            f"of {info.name}. Received: {shown(data.to_dict(), 200)}"
        )
    expected = [
        (one_line(metric.name), one_line(metric.split), metric.value) for metric in info.metrics
    ]
    received = [
        (result.metric_name, result.dataset_split, result.metric_value)
        for result in data.eval_results or ()
    ]
    if received != expected:
        raise CheckpointError(
            f"The card of {info.name} and its record disagree. Expected: a model-index of "
            f"{shown(expected, 200)}. Received: {shown(received, 200)}"
        )


def _without_names(text: str, info: ModelInfo) -> str:
    """Return a card without the names that look like placeholders; its lines stay."""
    names = [*info.labels, *(source.name for source in info.sources)]
    names += [info.training.command] if info.training else []
    names += [name for paper in info.papers for name in (paper.title, paper.authors, paper.venue)]
    suspect = [name for name in names if _SUSPECT.search(name)]
    shown_as = {
        rendered
        for name in suspect
        for rendered in (name, one_line(name), markdown(name), repr(name)[1:-1], bibtex_field(name))
    }
    for rendered in sorted(shown_as, key=len, reverse=True):
        text = text.replace(rendered, "\n" * rendered.count("\n"))
    return text


def validate_on_hub(text: str, name: str) -> None:
    """Let the Hub check the front matter of a card.

    Args:
        text: the card.
        name: the checkpoint's name, for errors.

    Raises:
        CheckpointError: the Hub does not take it.
        HubError: the Hub cannot be reached.

    Example:
        >>> from zoo.cards.card import render_card
        >>> validate_on_hub(render_card("lstm-imdb"), "lstm-imdb")  # doctest: +SKIP
    """
    from huggingface_hub import ModelCard

    from zoo.fetching.hub_errors import hub_errors
    from zoo.hub.upload import patient_client

    with hub_errors(name), patient_client(name):
        try:
            ModelCard(text).validate()
        except ValueError as error:  # what the client makes of a refusal
            raise CheckpointError(
                "Expected front matter that the Hub takes. "
                f"Received: {shown(' '.join(str(error).split()), 200)}"
            ) from error
