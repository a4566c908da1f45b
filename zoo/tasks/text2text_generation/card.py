"""What the card of a speller says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zoo.common.escape import Markdown, quoted
from zoo.datasets import DataSet, dataset_named
from zoo.formats import Checkpoint
from zoo.interfaces import CardPart
from zoo.pairs.edits import SYMBOL_RATES
from zoo.pairs.pipeline import BEAMS
from zoo.pairs.snippets import onnx_snippet
from zoo.tasks.text2text_generation.examples import examples_of
from zoo.tasks.text2text_generation.pipeline import LENGTH_PENALTY, Text2TextPipeline

__all__ = ["card", "titles"]


def card(source: Checkpoint) -> CardPart:
    """Return what the card of a checkpoint says.

    Args:
        source: a verified checkpoint.
    """
    info, spec = source.info, source.preprocessor
    dataset = dataset_named(info.dataset.name) if info.dataset else None
    text = examples_of(source)[0]
    units, plain = (
        ("letters", "a letter without its mark")
        if spec.source_unit == "characters"
        else ("symbols", "a symbol without its number, or in the other case,")
    )
    recurrent = ["rnn"] if source.backbone.recurrent else []
    return CardPart(
        template="tasks/text2text_generation/card.md.jinja",
        snippet=onnx_snippet(
            source,
            "text",
            f"(one for one in tokenizer.encode({quoted(text)}).ids if one != 1)",
        ),
        remark=f"What the model does not know is left out here; the zoo reads {plain} where that "
        f"is known. Of more than {spec.source_length - 1} {units} the first are read. What is "
        f"above is greedy search; `zoo.pipeline` searches with {BEAMS} beams.",
        metrics=("word_error_rate",),
        validation=("word_error_rate", SYMBOL_RATES[spec.target_unit]),
        languages=list(dataset.languages) if dataset else ["en"],
        tags=(info.architecture, *recurrent, "keras", "onnx", "seq2seq", *source.backbone.hub_tags),
        context=lambda address: _context(source, address, text, dataset),
    )


def _context(
    source: Checkpoint, address: str, text: str, dataset: DataSet | None
) -> Mapping[str, Any]:
    pipeline = Text2TextPipeline(source)
    several = pipeline(text, num_return_sequences=3)
    rounded = [{**one, "score": round(one["score"], 4)} for one in several]
    return {
        "text": text,
        "snippet": Markdown(
            f"write = zoo.pipeline({quoted(address)})\n"
            f"print(write({quoted(text)}))\n"
            f"print(write({quoted(text)}, num_return_sequences=3))"
        ),
        "answer": f"{pipeline(text)}\n{rounded}",
        "written": pipeline([text])[0]["generated_text"],
        "label": "word error rate",
        "figure": "{:.2%}".format,
        "beams": BEAMS,
        "penalty": LENGTH_PENALTY,
        "units": {"read": pipeline.source_unit, "written": pipeline.target_unit},
        "test": dataset.meanings.get("test", "that of the data set") if dataset else "its own",
    }


def titles(source: Checkpoint) -> dict[str, str]:
    """Return the titles of the pictures that the card of an entry may show, by file name.

    Args:
        source: the entry's checkpoint.
    """
    name = source.info.name
    return {
        f"{name}-errors-by-length.png": "Errors against the length of the text",
        f"{name}-attention.png": "Where it looked, unit by unit",
    }
