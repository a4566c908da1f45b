"""Translation: a sentence in another language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from zoo.formats import TOKENIZER, Checkpoint, Format
from zoo.graphs.engines import ENGINES
from zoo.interfaces import Explaining, GraphFile, Noise
from zoo.networks.bahdanau.costs import cost, tensor_shapes
from zoo.networks.bahdanau.spec import BahdanauBackboneSpec
from zoo.pairs.examples import PairDataset
from zoo.pairs.files import SOURCE_TOKENIZER
from zoo.task import Task
from zoo.tasks.translation.specs import Seq2SeqLMSpec, Seq2SeqPreprocessorSpec
from zoo.text.forms import SUBWORDS

if TYPE_CHECKING:
    from zoo.pairs.alignment import Alignment

__all__ = ["TASK"]


class Translation(Task):
    name = "translation"
    noun = "a translator"
    data = PairDataset
    engines = ENGINES
    hub_tag = "translation"
    hub_class = "Seq2SeqLM"
    own_data = "a file of sentences and translations"
    at_once = 200
    # A sentence has twenty tokens, each of which may tip over: three of 1,000 sentences.
    noise: ClassVar[Mapping[str, Noise]] = {
        **dict.fromkeys(("bleu", "chrf", "rouge_l"), Noise(tipped=3 / 1_000)),
        "perplexity": Noise(relative=1e-4),
        "brevity_penalty": Noise(tipped=3 / 1_000, example="clipped"),
    }
    hub_metrics: ClassVar[Mapping[str, str]] = {"rouge_l": "rouge"}
    figures: ClassVar[Mapping[str, str]] = {"bleu": "BLEU (greedy)"}
    drawn: ClassVar[Mapping[str, str]] = {"bleu": "BLEU by the length of the sentence"}
    format = Format(
        suffix="Seq2SeqLM",
        module="zoo.tasks.translation.model",
        backbones={"Bahdanau": BahdanauBackboneSpec},
        head=Seq2SeqLMSpec,
        shapes=tensor_shapes,
        cost=cost,
        preprocessor=Seq2SeqPreprocessorSpec,
        tokenizer_class=("SubwordTokenizer", "zoo.tasks.translation.preprocessor"),
        tokenizers={"source_tokenizer": SOURCE_TOKENIZER, "tokenizer": TOKENIZER},
        vocabulary=lambda preprocessor: SUBWORDS,
        former={
            "zoo.tasks.seq2seq_lm": "zoo.tasks.translation.model",
            "zoo.tasks.seq2seq_preprocessing": "zoo.tasks.translation.preprocessor",
            "zoo.architectures.bahdanau": "zoo.networks.bahdanau.backbone",
        },
    )
    explaining = Explaining(files=(".png",), output="attention.png", keras=False)

    def pipeline(self, source: Checkpoint, threads: int | None, engine: str | None = None) -> Any:
        from zoo.tasks.translation.pipeline import TranslationPipeline

        return TranslationPipeline(source, threads, engine)

    def explain(self, model: Any, data: Any, **options: Any) -> Alignment:
        from zoo.tasks.translation.attention import explain

        return explain(model, data, **options)

    def graphs(self, source: Checkpoint) -> tuple[GraphFile, ...]:
        from zoo.networks.bahdanau.graph import graphs

        return graphs(source)

    def titles(self, source: Checkpoint) -> dict[str, str]:
        from zoo.tasks.translation.card import titles

        return titles(source)


TASK = Translation()
