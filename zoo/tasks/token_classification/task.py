"""Token classification: which words of a text are names, and of what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from zoo.formats import TOKENIZER, Checkpoint, Format
from zoo.graphs.engines import ENGINES
from zoo.interfaces import Explaining, Noise
from zoo.networks.tagging.spec import TaggingBackboneSpec
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

    def explain(self, model: Any, data: Any, **options: Any) -> Entities:
        from zoo.tasks.token_classification.explaining import explain

        return explain(model, data, **options)


TASK = TokenClassification()
