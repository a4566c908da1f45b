"""Token classification: which words of a text are names, and of what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from zoo.common.answering import Answers, Request
from zoo.formats import TOKENIZER, Checkpoint, Format
from zoo.graphs.engines import ENGINES
from zoo.interfaces import CardPart, Explaining, GraphFile, Noise, Prepared, Scoring, UserData
from zoo.networks.tagging.spec import TaggingBackboneSpec
from zoo.schema import Metric, ModelInfo
from zoo.task import Task
from zoo.tasks.token_classification.specs import (
    AFFIX_TOKENIZER,
    LETTER_TOKENIZER,
    TokenClassifierSpec,
    TokenPreprocessorSpec,
    one_label_a_type,
    tagger_cost,
    tagger_shapes,
)
from zoo.text.forms import PLAIN_WORDS
from zoo.text.tagged import TaggedDataset

if TYPE_CHECKING:
    from zoo.tasks.token_classification.explaining import Entities

__all__ = ["TASK"]


class TokenClassification(Task):
    name = "token-classification"
    noun = "a tagger"
    data = TaggedDataset
    engines = ENGINES
    hub_tag = "token-classification"
    own_data = "a file of words and tags, or of texts and entities"
    at_once = 500
    # A document has some twenty entities, of which one may tip over in a hundred documents.
    noise: ClassVar[Mapping[str, Noise]] = dict.fromkeys(
        ("f1", "precision", "recall"), Noise(tipped=0.01, elsewhere=None)
    )
    figures: ClassVar[Mapping[str, str]] = {"f1": "entity F1"}
    drawn: ClassVar[Mapping[str, str]] = {"entities": "entity F1 by type"}
    format = Format(
        suffix="TokenClassifier",
        module="zoo.tasks.token_classification.model",
        backbones={"Tagging": TaggingBackboneSpec},
        head=TokenClassifierSpec,
        shapes=tagger_shapes,
        cost=tagger_cost,
        preprocessor=TokenPreprocessorSpec,
        tokenizer_class=("VocabularyTokenizer", "zoo.tasks.token_classification.preprocessor"),
        tokenizers={
            "tokenizer": TOKENIZER,
            "letter_tokenizer": LETTER_TOKENIZER,
            "affix_tokenizer": AFFIX_TOKENIZER,
        },
        vocabulary=lambda preprocessor: PLAIN_WORDS,
        check_labels=one_label_a_type,
    )
    explaining = Explaining(keras=False)

    def pipeline(self, source: Checkpoint, threads: int | None, engine: str | None = None) -> Any:
        from zoo.tasks.token_classification.pipeline import TokenClassificationPipeline

        return TokenClassificationPipeline(source, threads, engine)

    def predict(self, pipeline: Any, request: Request) -> Answers:
        from zoo.tasks.token_classification.answers import predict

        return predict(pipeline, request)

    def read(self, pipeline: Any, data: Any, how: Scoring) -> Any:
        from zoo.tasks.token_classification.scoring import read

        return read(pipeline, data, how)

    def evaluate(self, pipeline: Any, data: Any, how: Scoring) -> tuple[Metric, ...]:
        from zoo.tasks.token_classification.scoring import evaluate

        return evaluate(pipeline, data, how)

    def explain(self, model: Any, data: Any, **options: Any) -> Entities:
        from zoo.tasks.token_classification.explaining import explain

        return explain(model, data, **options)

    def settings(self, source: Checkpoint, given: Mapping[str, Any]) -> Any:
        from zoo.tasks.token_classification.data import settings

        return settings(source.info, given)

    def prepare(self, source: Checkpoint, given: UserData, settings: Any) -> Prepared:
        from zoo.tasks.token_classification.data import prepare

        return prepare(source, given, settings)

    def learn(self, recipe: Any, **how: Any) -> Any:
        from zoo.tasks.token_classification.training import learn

        return learn(recipe, **how)

    def tune(self, load: Callable[..., Any], info: ModelInfo, prepared: Prepared) -> Any:
        from zoo.tasks.token_classification.learning import tune

        return tune(load, info, prepared)

    def graphs(self, source: Checkpoint) -> tuple[GraphFile, ...]:
        from zoo.tasks.token_classification.graph import graphs

        return graphs(source)

    def board(self, board: Any, source: Checkpoint, dataset: Any) -> None:
        from zoo.tasks.token_classification.board import write_board

        write_board(board, source, dataset)

    def card(self, source: Checkpoint) -> CardPart:
        from zoo.tasks.token_classification.card import card

        return card(source)


TASK = TokenClassification()
