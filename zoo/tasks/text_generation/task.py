"""Text generation: how a text goes on, and how likely it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from zoo.formats import TOKENIZER, Checkpoint, Format
from zoo.interfaces import Explaining, Noise
from zoo.networks.recurrent.spec import RecurrentBackboneSpec
from zoo.task import Task
from zoo.tasks.text_generation.specs import (
    CausalLMPreprocessorSpec,
    CausalLMSpec,
    check_backbone,
    language_model_cost,
    language_model_tensor_shapes,
)
from zoo.text.corpora import TextCorpus

if TYPE_CHECKING:
    from zoo.insight.trace import Trace
    from zoo.tasks.text_generation.surprise import Surprise

__all__ = ["TASK"]


class TextGeneration(Task):
    name = "text-generation"
    noun = "a language model"
    data = TextCorpus
    hub_tag = "text-generation"
    hub_class = "CausalLM"
    own_data = "a file of text"
    whole = True
    at_once = 200
    # A sum over all tokens: nothing tips over.
    noise: ClassVar[Mapping[str, Noise]] = {
        "perplexity": Noise(relative=1e-4),
        "nats_per_character": Noise(relative=1e-4),
        "bits_per_character": Noise(relative=1e-4),
    }
    figures: ClassVar[Mapping[str, str]] = {
        "nats_per_character": "nats per character",
        "bits_per_character": "bits per character",
    }
    drawn: ClassVar[Mapping[str, str]] = {"surprise": "How little each token was expected"}
    format = Format(
        suffix="CausalLM",
        module="zoo.tasks.text_generation.model",
        backbones={"Recurrent": RecurrentBackboneSpec},
        head=CausalLMSpec,
        shapes=language_model_tensor_shapes,
        cost=language_model_cost,
        preprocessor=CausalLMPreprocessorSpec,
        tokenizer_class=("LanguageTokenizer", "zoo.tasks.text_generation.preprocessor"),
        tokenizers={"tokenizer": TOKENIZER},
        vocabulary=lambda preprocessor: preprocessor.vocabulary,
        check_backbone=check_backbone,
    )
    explaining = Explaining(keras=False)

    def pipeline(self, source: Checkpoint, threads: int | None, engine: str | None = None) -> Any:
        from zoo.tasks.text_generation.pipeline import TextGenerationPipeline

        return TextGenerationPipeline(source, threads)

    def explain(self, model: Any, data: Any, **options: Any) -> Surprise:
        from zoo.tasks.text_generation.explaining import explain

        return explain(model, data, **options)

    def inspect(self, model: Any, data: Any, **options: Any) -> Trace:
        from zoo.tasks.text_generation.inspection import inspect

        return inspect(model, data, **options)

    def titles(self, source: Checkpoint) -> dict[str, str]:
        from zoo.tasks.text_generation.card import titles

        return titles(source)


TASK = TextGeneration()
