"""Translation with the zoo's encoder-decoders: generate, fit and score on raw sentences."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from typing import Any, ClassVar

import keras

from zoo.checkpoint.recorded import RecordedTask
from zoo.networks.bahdanau.backbone import BahdanauBackbone
from zoo.pairs.model import PairModel
from zoo.tasks.translation.preprocessor import BahdanauSeq2SeqLMPreprocessor
from zoo.tasks.translation.specs import Seq2SeqLMSpec
from zoo.text.doubts import Doubts, lost_numbers

__all__ = ["BahdanauSeq2SeqLM", "BahdanauSeq2SeqLMPreprocessor"]


@keras.saving.register_keras_serializable(package="zoo")
class BahdanauSeq2SeqLM(RecordedTask, PairModel):
    """A translator: raw sentences in, sentences of another language out.

    `generate` translates with KerasHub's samplers (`compile(sampler="beam")` and so on), `fit`
    and `evaluate` take pairs of raw sentences with teacher forcing, `score` tells how likely
    given translations are and `attention` where the network looked.

    Args:
        backbone: a `BahdanauBackbone`.
        preprocessor: a `BahdanauSeq2SeqLMPreprocessor`, or None to feed token ids.

    Example:
        >>> import zoo
        >>> model = zoo.load("bahdanau-multi30k-de-en")
        >>> model.generate(["Ein Mann fährt Rad."], max_length=30)
        >>> model.fit(["Ein Hund."], ["A dog."], epochs=1)
        >>> model.score(["Ein Hund."], ["A dog."]).shape
        (1,)

    Reference:
        [Bahdanau et al., 2015](https://arxiv.org/abs/1409.0473)
    """

    task = "translation"
    backbone_cls = BahdanauBackbone
    preprocessor_cls = BahdanauSeq2SeqLMPreprocessor
    spec_class = Seq2SeqLMSpec
    source: ClassVar[str] = "sentence"
    target: ClassVar[str] = "translation"
    empty: ClassVar[str] = "empty sentence"
    example: ClassVar[tuple[str, str]] = ("Ein Hund.", "A dog.")

    # Keras takes a model whose constructor takes anything for one that is made of tensors.
    def __init__(
        self,
        backbone: BahdanauBackbone,
        preprocessor: BahdanauSeq2SeqLMPreprocessor | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(backbone=backbone, preprocessor=preprocessor, **kwargs)

    def doubt_answers(self, doubts: Doubts, texts: list[str], answers: list[str]) -> None:
        """Add which translations lack a number of their sentence.

        Args:
            doubts: those of the sentences, to which they are added.
            texts: the sentences.
            answers: their translations.
        """
        doubts.add_rows("lost number", lost_numbers(texts, answers))
