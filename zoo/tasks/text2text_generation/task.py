"""Text to text, unit by unit: a word's sounds, or its letters in another script."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from zoo.formats import TOKENIZER, Checkpoint, Format
from zoo.graphs.engines import ENGINES
from zoo.interfaces import Explaining, GraphFile, Noise
from zoo.networks.bahdanau.costs import cost, tensor_shapes
from zoo.networks.bahdanau.spec import BahdanauSpellerBackboneSpec
from zoo.pairs.examples import VariantDataset
from zoo.pairs.files import SOURCE_TOKENIZER
from zoo.task import Task
from zoo.tasks.text2text_generation.specs import Text2TextLMSpec, Text2TextPreprocessorSpec

if TYPE_CHECKING:
    from zoo.pairs.alignment import Alignment

__all__ = ["TASK"]


class Text2TextGeneration(Task):
    name = "text2text-generation"
    noun = "a speller"
    data = VariantDataset
    engines = ENGINES
    hub_tag = "text2text-generation"
    hub_class = "Seq2SeqLM"
    own_data = "a file of texts and what is to be written of them"
    # A word has seven sounds, each of which may tip over: one word of 1,000.
    noise: ClassVar[Mapping[str, Noise]] = {
        "word_error_rate": Noise(tipped=1 / 1_000),
        "phone_error_rate": Noise(tipped=1 / 1_000),
        "character_error_rate": Noise(tipped=1 / 1_000),
    }
    hub_metrics: ClassVar[Mapping[str, str]] = {
        "word_error_rate": "wer",
        "phone_error_rate": "per",
        "character_error_rate": "cer",
    }
    figures: ClassVar[Mapping[str, str]] = {
        "word_error_rate": "word error rate (greedy)",
        "phone_error_rate": "phone error rate (greedy)",
        "character_error_rate": "character error rate (greedy)",
    }
    drawn: ClassVar[Mapping[str, str]] = {
        "word_error_rate": "word error rate by the length of the text"
    }
    format = Format(
        suffix="Seq2SeqLM",
        module="zoo.tasks.text2text_generation.model",
        backbones={"BahdanauSpeller": BahdanauSpellerBackboneSpec},
        head=Text2TextLMSpec,
        shapes=tensor_shapes,
        cost=cost,
        preprocessor=Text2TextPreprocessorSpec,
        tokenizer_class=("UnitTokenizer", "zoo.tasks.text2text_generation.preprocessor"),
        tokenizers={"source_tokenizer": SOURCE_TOKENIZER, "tokenizer": TOKENIZER},
        vocabulary=lambda preprocessor: preprocessor.target_vocabulary,
        vocabularies={SOURCE_TOKENIZER: lambda preprocessor: preprocessor.source_vocabulary},
    )
    explaining = Explaining(files=(".png",), output="attention.png", keras=False)

    def pipeline(self, source: Checkpoint, threads: int | None, engine: str | None = None) -> Any:
        from zoo.tasks.text2text_generation.pipeline import Text2TextPipeline

        return Text2TextPipeline(source, threads, engine)

    def explain(self, model: Any, data: Any, **options: Any) -> Alignment:
        from zoo.tasks.text2text_generation.attention import explain

        return explain(model, data, **options)

    def graphs(self, source: Checkpoint) -> tuple[GraphFile, ...]:
        from zoo.networks.bahdanau.graph import graphs

        return graphs(source)

    def titles(self, source: Checkpoint) -> dict[str, str]:
        from zoo.tasks.text2text_generation.card import titles

        return titles(source)


TASK = Text2TextGeneration()
