"""Text classification: which class a text is of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from zoo.classes.names import DRAWN, HUB_METRICS
from zoo.classes.noise import class_noise
from zoo.formats import TOKENIZER, Checkpoint, Format, one_label_a_class
from zoo.graphs.engines import ENGINES
from zoo.networks.convolutional.spec import ConvolutionalBackboneSpec
from zoo.networks.recurrent.spec import NgramRecurrentBackboneSpec, RecurrentBackboneSpec
from zoo.networks.transformer.spec import TransformerBackboneSpec
from zoo.task import Task
from zoo.tasks.text_classification.specs import (
    TextClassifierSpec,
    TextPreprocessorSpec,
    tensor_shapes,
    text_cost,
)
from zoo.text.examples import TextDataset

if TYPE_CHECKING:
    from zoo.insight.trace import Trace
    from zoo.text.attribution import Attribution

__all__ = ["TASK"]


class TextClassification(Task):
    name = "text-classification"
    noun = "a text classifier"
    data = TextDataset
    engines = ENGINES
    hub_tag = "text-classification"
    hub_class = "TextClassifier"
    own_data = "a file of texts and labels"
    # Of 25,000 reviews some 0.1 are so undecided that they tip over; three are allowed.
    noise = class_noise(tipped=3 / 25_000)
    hub_metrics = HUB_METRICS
    figures: ClassVar[Mapping[str, str]] = {"log_loss": "log loss"}
    drawn = DRAWN
    format = Format(
        suffix="TextClassifier",
        module="zoo.tasks.text_classification.model",
        backbones={
            "Recurrent": RecurrentBackboneSpec,
            "Convolutional": ConvolutionalBackboneSpec,
            "Transformer": TransformerBackboneSpec,
            "NgramRecurrent": NgramRecurrentBackboneSpec,
        },
        head=TextClassifierSpec,
        shapes=tensor_shapes,
        cost=text_cost,
        preprocessor=TextPreprocessorSpec,
        tokenizer_class=("WordTokenizer", "zoo.tasks.text_classification.preprocessor"),
        tokenizers={"tokenizer": TOKENIZER},
        vocabulary=lambda preprocessor: preprocessor.vocabulary,
        check_labels=one_label_a_class,
        former={
            "zoo.tasks.text_classifier": "zoo.tasks.text_classification.model",
            "zoo.tasks.preprocessing": "zoo.tasks.text_classification.preprocessor",
            "zoo.architectures.recurrent": "zoo.networks.recurrent.backbone",
            "zoo.architectures.convolutional": "zoo.networks.convolutional.backbone",
            "zoo.architectures.transformer": "zoo.networks.transformer.backbone",
        },
    )

    def pipeline(self, source: Checkpoint, threads: int | None, engine: str | None = None) -> Any:
        from zoo.tasks.text_classification.pipeline import TextClassificationPipeline

        return TextClassificationPipeline(source, threads, engine)

    def explain(self, model: Any, data: Any, **options: Any) -> Attribution:
        from zoo.tasks.text_classification.attribution import explain

        return explain(model, data, **options)

    def inspect(self, model: Any, data: Any, **options: Any) -> Trace:
        from zoo.tasks.text_classification.inspection import inspect

        return inspect(model, data, **options)

    def titles(self, source: Checkpoint) -> dict[str, str]:
        from zoo.tasks.text_classification.card import titles

        return titles(source)


TASK = TextClassification()
