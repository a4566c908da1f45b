"""Encoder-decoders over units of text: generate, fit and score on raw texts."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from typing import Any, ClassVar

import keras

from zoo.checkpoint.recorded import RecordedTask
from zoo.networks.bahdanau.backbone import BahdanauSpellerBackbone
from zoo.pairs.model import PairModel
from zoo.tasks.text2text_generation.preprocessor import BahdanauSpellerSeq2SeqLMPreprocessor
from zoo.tasks.text2text_generation.specs import Text2TextLMSpec

__all__ = ["BahdanauSpellerSeq2SeqLM", "BahdanauSpellerSeq2SeqLMPreprocessor"]


@keras.saving.register_keras_serializable(package="zoo")
class BahdanauSpellerSeq2SeqLM(RecordedTask, PairModel):
    """A speller: words in, their sounds out, or whatever else its units are.

    `generate` answers with KerasHub's samplers (`compile(sampler="beam")` and so on), `fit` and
    `evaluate` take pairs of raw texts with teacher forcing, `score` tells how likely given answers
    are and `attention` where the network looked.

    Args:
        backbone: a `BahdanauSpellerBackbone`.
        preprocessor: a `BahdanauSpellerSeq2SeqLMPreprocessor`, or None to feed token ids.

    Example:
        >>> import zoo
        >>> model = zoo.load("g2p-cmudict")  # doctest: +SKIP
        >>> model.generate(["zoology"], max_length=30)  # doctest: +SKIP
        ['Z OW AA L AH JH IY']
        >>> model.score(["zoo"], ["Z UW"]).shape  # doctest: +SKIP
        (1,)

    Reference:
        [Yao & Zweig, 2015](https://arxiv.org/abs/1506.00196),
        [Toshniwal & Livescu, 2016](https://arxiv.org/abs/1610.06540)
    """

    task = "text2text-generation"
    backbone_cls = BahdanauSpellerBackbone
    preprocessor_cls = BahdanauSpellerSeq2SeqLMPreprocessor
    spec_class = Text2TextLMSpec
    source: ClassVar[str] = "text"
    target: ClassVar[str] = "answer"
    empty: ClassVar[str] = "nothing known"
    example: ClassVar[tuple[str, str]] = ("cat", "K AE T")

    # Keras takes a model whose constructor takes anything for one that is made of tensors.
    def __init__(
        self,
        backbone: BahdanauSpellerBackbone,
        preprocessor: BahdanauSpellerSeq2SeqLMPreprocessor | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(backbone=backbone, preprocessor=preprocessor, **kwargs)
