"""The vocabulary that recipes are written in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from models.common.settings import TeacherSettings, WordVectorSettings
from zoo.networks.recurrent.spec import RecurrentBackboneSpec
from zoo.schema import DatasetInfo, Licenses, Paper
from zoo.text.specs import TextBackboneSpec

__all__ = ["GradientDescent", "TextClassificationRecipe", "TranslationRecipe"]


@dataclass(frozen=True, kw_only=True)
class GradientDescent:
    """What the recipes of all networks that learn by gradient descent say of that.

    Attributes:
        batch_size: texts or pairs a step.
        epochs: passes over the training part at most.
        patience: passes without a better validation after which training stops.
        learning_rate: its peak, after the warm-up.
        warmup: share of all steps in which the rate rises.
        final_rate: share of the peak that the rate ends at.
        weight_decay: AdamW's, for all weights but biases.
        clipnorm: largest norm of the gradient of all weights together; None for any.
        label_smoothing: share of the target spread over all classes or subwords.
        average_decay: decay of the moving average of the weights, which is what is kept.
        seed: of the first run.
        schedule: how the rate goes on after the warm-up: `"cosine"`, `"linear"`, `"constant"`, or
            `"plateau"`, constant but lowered while the validation does not improve.
        plateau_factor: what the rate is multiplied by at a plateau.
        plateau_patience: passes without a better validation that make a plateau.
        clipvalue: largest size of any number of the gradient, before `clipnorm`; None for any.
        kernel_start: how the input kernels are drawn, one of `zoo.fitting.choices.KERNEL_STARTS`;
            None for the defaults of Keras.
        recurrent_start: the same of the recurrent kernels, one of `RECURRENT_STARTS`.
        embedding_start: the same of the token vectors, one of `EMBEDDING_STARTS`; None for the
            zoo's own, uniform between -0.1 and 0.1, which is twice the default of Keras.
        precision: `"float32"`, `"mixed_bfloat16"`, or `"auto"`: the latter where it is faster.
    """

    batch_size: int
    epochs: int
    patience: int
    learning_rate: float
    warmup: float
    final_rate: float
    weight_decay: float
    clipnorm: float | None
    label_smoothing: float
    average_decay: float
    seed: int
    schedule: str = "cosine"
    plateau_factor: float = 0.5
    plateau_patience: int = 2
    clipvalue: float | None = None
    kernel_start: str | None = None
    recurrent_start: str | None = None
    embedding_start: str | None = None
    precision: str = "float32"


@dataclass(frozen=True, kw_only=True)
class TextClassificationRecipe(GradientDescent):
    """How one text classifier is trained; weights are chosen by the lowest validation loss.

    Attributes, beside those of `GradientDescent`:
        name: the entry's name.
        architecture: family of the network, such as `"lstm"`.
        description: one sentence for the card.
        method: how it is trained, in sentences for the card.
        dataset: name of the data set in `zoo.datasets`, or a table of your own that `zoo.finetune`
            reads, such as `"reviews.csv"`.
        dataset_info: what the card says of a data set of `zoo.datasets`.
        labels: names of the classes, in the order of their numbers.
        licenses: terms of weights and data.
        papers: what to cite.
        vocabulary_size: number of token ids, special tokens included.
        head_length: tokens kept from the start of a text.
        tail_length: tokens kept from the end of a longer text.
        kind: kind of backbone, by what bounds its arguments.
        backbone: arguments of the backbone, but for the vocabulary.
        pooling: how the states over time become one vector.
        dropout: share of the pooled vector dropped.
        bptt_steps: steps over which the gradient of the state goes back in time in training; None
            for all. For recurrent backbones only.
        forget_bias: where the biases of an LSTM's forget gates start; below zero it starts with
            a short memory, as a reader of phrases.
        teacher: how a classifier of n-grams teaches the network; None for labels alone.
        word_vectors: what the embeddings start at; None for random numbers.
    """

    task: ClassVar[str] = "text-classification"

    name: str
    architecture: str
    description: str
    method: str
    dataset: str
    dataset_info: DatasetInfo | None = None
    labels: tuple[str, ...]
    licenses: Licenses
    papers: tuple[Paper, ...]
    vocabulary_size: int
    head_length: int
    tail_length: int
    backbone: dict[str, Any]
    pooling: tuple[str, ...]
    dropout: float
    bptt_steps: int | None = None
    forget_bias: float = 1.0
    teacher: TeacherSettings | None = None
    kind: type[TextBackboneSpec] = RecurrentBackboneSpec
    word_vectors: WordVectorSettings | None = None


@dataclass(frozen=True, kw_only=True)
class TranslationRecipe(GradientDescent):
    """How one encoder-decoder is trained to translate; chosen by the highest validation BLEU.

    Attributes, beside those of `GradientDescent`:
        name: the entry's name.
        source: code of the language to translate from, such as `"de"`.
        target: code of the language to translate to.
        description: one sentence for the card.
        method: how it is trained, in sentences for the card.
        dataset: name of the data set in `zoo.datasets`, or a table of your own that `zoo.finetune`
            reads, such as `"reviews.csv"`.
        dataset_info: what the card says of a data set of `zoo.datasets`.
        licenses: terms of weights and data.
        papers: what to cite.
        source_vocabulary_size: number of subwords of the source, special tokens included.
        vocabulary_size: the same of the target.
        source_length: most tokens of a source sentence.
        target_length: most tokens of a translation.
        backbone: arguments of the backbone, but for the vocabularies.
        buckets: lengths that batches are padded to.
    """

    task: ClassVar[str] = "translation"
    architecture: ClassVar[str] = "bahdanau"

    name: str
    source: str
    target: str
    description: str
    method: str
    dataset: str
    dataset_info: DatasetInfo | None = None
    licenses: Licenses
    papers: tuple[Paper, ...]
    source_vocabulary_size: int
    vocabulary_size: int
    source_length: int
    target_length: int
    backbone: dict[str, Any]
    buckets: tuple[int, ...]
