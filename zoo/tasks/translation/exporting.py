"""How exported translators are asked, checked and described."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from zoo.datasets import dataset_named
from zoo.formats import Checkpoint
from zoo.pairs.exporting import pair_exporting
from zoo.pairs.files import SOURCE_TOKENIZER
from zoo.tasks.translation.examples import sentences_of
from zoo.tasks.translation.pipeline import LENGTH_PENALTY
from zoo.text.doubts import SHORT_SUBWORDS, SPLIT_WORDS, told_alone
from zoo.text.subwords import SubwordEncoder, parse_subword_tokenizer

__all__ = ["EXPORTING"]


def _sentences(source: Checkpoint) -> tuple[str, ...]:
    info = source.info
    return sentences_of(dataset_named(info.dataset.name) if info.dataset else None)


def _encode(source: Checkpoint, sentences: Sequence[str]) -> list[np.ndarray]:
    tokenizer = parse_subword_tokenizer(
        source.assets[SOURCE_TOKENIZER], source.backbone.source_vocabulary_size
    )
    return SubwordEncoder(tokenizer, source.preprocessor.source_length)(sentences)


def _before(source: Checkpoint) -> str:
    most = source.preprocessor.source_length - 1
    return (
        "`source_tokenizer.json`, read by the Hugging Face library `tokenizers`, turns a sentence "
        "into token ids, and the end token 3 follows them; set `encode_special_tokens`, or a "
        "sentence that spells a special token out becomes one. Of a sentence of more than "
        f"{most} tokens the first {most} are kept, and the end token. The rows of a "
        "batch are padded at the end with 0 to the longest, and `lengths` says how many tokens of "
        "each are its own."
    )


def _settings(source: Checkpoint) -> dict[str, Any]:
    length = source.preprocessor.source_length
    kinds = ("empty sentence", "long sentence", "strange words", "lost number")
    return {
        "length": length,
        "short": SHORT_SUBWORDS,
        "split": SPLIT_WORDS,
        "messages": told_alone(length - 1, *kinds),
    }


EXPORTING = pair_exporting(
    noun="sentence",
    texts=_sentences,
    encode=_encode,
    read="ids = tokenizer.encode(sentence).ids",
    before=_before,
    settings=_settings,
    penalty=LENGTH_PENALTY,
    script="tasks/translation/web.js",
    point=lambda source: 1.0,
)
