"""How a language model is asked over a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from zoo.interfaces import Asked, Bound
from zoo.tasks.text_generation.examples import prompts_of
from zoo.text.asked import text_input

__all__ = ["ASKED"]

_NEW_TOKENS = 50


class Generation(msgspec.Struct, frozen=True):
    """A text and how it goes on; several where several were asked for."""

    generated_text: str | list[str]


def _answer(
    pipeline: Any, texts: Sequence[str], options: Mapping[str, Any]
) -> tuple[list[Generation], list[list[str]]]:
    found, doubts = pipeline.with_doubts(list(texts), **options)
    written = [[one["generated_text"] for one in several] for several in found]
    single = options.get("num_return_sequences", 1) == 1
    return [Generation(some[0] if single else some) for some in written], doubts.alone()


def _examples(pipeline: Any) -> list[str]:
    return list(prompts_of(pipeline.info, pipeline.encoder.unit)[:3])


def _keras(model: Any, texts: Sequence[str], options: Mapping[str, Any]) -> Any:
    encode = model.preprocessor.tokenizer.language().encode
    # The line's end before a text is one of its tokens there.
    longest = 1 + max(len(encode(text)) for text in texts)
    return model.generate(list(texts), longest + options.get("max_new_tokens", _NEW_TOKENS))


ASKED = Asked(
    noun="text",
    input=text_input,
    output=Generation,
    examples=_examples,
    options={
        "max_new_tokens": Bound(
            help="Words or characters to write after the text.",
            most=1_000,
            total=20_000,
            beside=("num_return_sequences", "num_beams"),
            default=_NEW_TOKENS,
        ),
        "temperature": Bound(
            help="Below 1 makes likely words or characters likelier; 0 takes the likeliest.",
            most=100,
            default=1,
            real=True,
        ),
        "top_k": Bound(help="Of how many of the likeliest one is drawn; else of all.", most=1_000),
        "top_p": Bound(
            help="Draw from the fewest that together have this probability.",
            above=0,
            most=1,
            real=True,
        ),
        "num_beams": Bound(
            help="Continuations that a search for the likeliest keeps; 1 draws.",
            most=20,
            default=1,
        ),
        "num_return_sequences": Bound(help="Texts to write.", most=20, default=1),
        "seed": Bound(
            help="What is drawn follows from it; without it every answer is another.",
            most=(1 << 53) - 1,
        ),
    },
    answer=_answer,
    keras=_keras,
    begins=True,
    begun_with=("max_new_tokens", "temperature", "top_k", "top_p", "seed"),
    step=str | None,
)
