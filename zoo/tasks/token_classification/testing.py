"""What the tests of every task need to know of taggers, and their tiny checkpoints."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from zoo import checkpoint
from zoo.formats import TOKENIZER
from zoo.networks.tagging.spec import TaggingBackboneSpec
from zoo.schema import ModelInfo
from zoo.specs import make_spec
from zoo.tasks.token_classification.specs import (
    AFFIX_TOKENIZER,
    LETTER_TOKENIZER,
    TokenClassifierSpec,
    TokenPreprocessorSpec,
    tagger_shapes,
)
from zoo.text.tagged import TaggedDataset
from zoo.text.word_features import learn_vocabularies

__all__ = ["DATA", "LABELS", "SENTENCES", "make_tagger"]

LABELS = ("LOC", "PER")
SENTENCES = [
    (["Mary", "Ann", "lives", "in", "London", "."], ["B-PER", "I-PER", "O", "O", "B-LOC", "O"]),
    (["John", "left", "Paris", "on", "Friday", "."], ["B-PER", "O", "B-LOC", "O", "O", "O"]),
    (["It", "rained", "all", "day", "."], ["O"] * 5),
]

# Each a document, and all of them one.
DATA = TaggedDataset(
    [*([words] for words, _ in SENTENCES), [words for words, _ in SENTENCES]],
    [*([tags] for _, tags in SENTENCES), [tags for _, tags in SENTENCES]],
)


def make_tagger(
    path: Path, num_layers: int = 1, document_dim: int = 3, seed: int = 0, length: int = 40
) -> Path:
    """Write a tiny tagger with random weights that float16 holds exactly.

    Args:
        path: the directory to make.
        num_layers: recurrent layers.
        document_dim: size of what is read of the document.
        seed: of the weights.
        length: words that are read together.
    """
    found = learn_vocabularies([words for words, _ in SENTENCES], affix_count=1)
    vocabularies = dict(
        zip((TOKENIZER, LETTER_TOKENIZER, AFFIX_TOKENIZER), found.values(), strict=True)
    )
    sizes = [vocabulary.get_vocab_size() for vocabulary in vocabularies.values()]
    backbone = make_spec(
        TaggingBackboneSpec,
        vocabulary_size=sizes[0],
        letter_vocabulary_size=sizes[1],
        affix_vocabulary_size=sizes[2],
        embedding_dim=6,
        letter_dim=4,
        letter_filters=5,
        shape_dim=3,
        affix_dim=2,
        units=6,
        num_layers=num_layers,
        document_dim=document_dim,
        input_dropout=0.1,
        layer_dropout=0.1,
    )
    head = TokenClassifierSpec(num_classes=len(LABELS), dropout=0.1)
    generator = np.random.default_rng(seed)
    weights = {
        name: generator.normal(0, 0.7, shape).astype(np.float16).astype(np.float32)
        for name, shape in tagger_shapes(backbone, head).items()
    }
    checkpoint.write(
        path,
        info=ModelInfo(
            name="tiny-tagger",
            task="token-classification",
            architecture="bilstm-crf",
            labels=LABELS,
            parameters=0,
        ),
        backbone=backbone,
        head=head,
        preprocessor=TokenPreprocessorSpec(document_length=length),
        assets={name: value.to_str().encode("utf-8") for name, value in vocabularies.items()},
        weights=checkpoint.serialize_tensors(weights),
    )
    return path
