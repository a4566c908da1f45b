"""What the recipes of every task say; a task's own are in its module `recipe`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from zoo.schema import DatasetInfo, Licenses, Paper

__all__ = ["GradientDescent", "Recipe"]


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What is special about an entry: all that its training needs to know.

    Attributes:
        task: the Hugging Face name of the task.
        name: the entry's name.
        architecture: family of the network, such as `"lstm"`.
        description: one sentence for the card.
        method: how it is trained, in sentences for the card.
        dataset: name of a data set in `zoo.datasets`, or data of your own that `zoo.finetune`
            reads, such as `"reviews.csv"`.
        dataset_info: what the card says of a data set of `zoo.datasets`.
        labels: names of the classes, in the order of their numbers; none where there are no
            classes.
        licenses: terms of weights and data.
        papers: what to cite.
        seed: of the first run: of weights, dropout and the order of the examples.
    """

    task: ClassVar[str]

    name: str
    architecture: str
    description: str
    method: str
    dataset: str
    dataset_info: DatasetInfo | None = None
    labels: tuple[str, ...] = ()
    licenses: Licenses
    papers: tuple[Paper, ...]
    seed: int


@dataclass(frozen=True, kw_only=True)
class GradientDescent(Recipe):
    """What the recipes of all networks that learn by gradient descent say of that.

    Attributes, beside those of `Recipe`:
        batch_size: examples a step.
        epochs: passes over the training part at most.
        patience: passes without a better validation after which training stops.
        learning_rate: its peak, after the warm-up.
        warmup: share of all steps in which the rate rises.
        final_rate: share of the peak that the rate ends at.
        weight_decay: AdamW's, for all weights but biases.
        clipnorm: largest norm of the gradient of all weights together; None for any.
        label_smoothing: share of the target spread over all classes or subwords.
        average_decay: decay of the moving average of the weights, which is what is kept.
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
    schedule: str = "cosine"
    plateau_factor: float = 0.5
    plateau_patience: int = 2
    clipvalue: float | None = None
    kernel_start: str | None = None
    recurrent_start: str | None = None
    embedding_start: str | None = None
    precision: str = "float32"
