"""Training of a text classifier by its recipe."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from zoo.classes.probabilities import all_right, class_probabilities, class_scores
from zoo.fitting.building import build_task
from zoo.fitting.loop import EpochExamples, Examples
from zoo.fitting.optimizer import optimizer_of
from zoo.fitting.starts import draw_starts, set_forget_bias
from zoo.fitting.truncated_bptt import truncate_bptt
from zoo.formats import TOKENIZER
from zoo.learning.descent import Descent
from zoo.learning.recipes import hyperparameters
from zoo.specs import make_spec
from zoo.tasks.text_classification.ngrams import choose_ngrams, start_embeddings
from zoo.tasks.text_classification.recipe import TextClassificationRecipe
from zoo.tasks.text_classification.reports import classifier_reports
from zoo.tasks.text_classification.specs import TextClassifierSpec, TextPreprocessorSpec
from zoo.tasks.text_classification.teacher import Committee, NgramTeacher, teach
from zoo.tasks.text_classification.texts import TrainingTexts, read_texts
from zoo.tasks.text_classification.word_vectors import start_word_vectors
from zoo.text.encoding import TextEncoder, parse_tokenizer

__all__ = ["learn"]


def learn(
    recipe: TextClassificationRecipe,
    *,
    entry: Callable[[str], Any],
    tell: Callable[[str], None],
    data: TrainingTexts | None = None,
) -> Descent:
    """Return what trains a text classifier; see `zoo.task.Task.learn`.

    Args:
        recipe: what is trained.
        entry: opens the pipeline of another entry, to teach this one.
        tell: called with what is being done.
        data: what `read_texts` returned for the recipe's data set and vocabulary size; None
            reads it.
    """
    keras.utils.set_random_seed(recipe.seed)
    if data is None:
        tell(f"Loading {recipe.dataset} ...")
        data = read_texts(
            recipe.dataset,
            recipe.vocabulary_size,
            recipe.labels,
            text_column=recipe.text_column,
            label_column=recipe.label_column,
            unit=recipe.unit,
        )
    sequences, size = data.sequences, data.vocabulary_size
    labels, held_out = data.parts["train"].labels, data.parts["validation"]
    encode = TextEncoder(
        parse_tokenizer(data.tokenizer, size), recipe.head_length, recipe.tail_length
    )
    teacher, committee = None, None
    if recipe.teacher is not None:
        tell("Fitting the teacher ...")
        teacher = NgramTeacher(sequences, labels, recipe.teacher)
        members = {name: entry(name) for name in recipe.teacher.committee}
        committee = Committee(teacher, members, data.tokenizer, encode)
    ngrams = choose_ngrams(
        sequences,
        size,
        recipe.backbone.get("ngram_sizes", ()),
        teacher.weights if teacher and recipe.teacher and recipe.teacher.start else None,
    )
    model = _model(recipe, size, ngrams)
    if recipe.word_vectors is not None:
        tell("Counting word vectors ...")
        start_word_vectors(model, sequences, recipe.word_vectors)
    start_embeddings(model, ngrams, teacher, recipe.teacher)
    steps = -(-len(sequences) // recipe.batch_size) * recipe.epochs
    model.compile(
        optimizer=optimizer_of(recipe, steps=steps),
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=recipe.label_smoothing),
        metrics=[],
    )
    targets, classes = held_out.labels, len(recipe.labels)
    validation = Examples(encode(held_out.texts), np.eye(classes, dtype=np.float32)[targets])
    latest = np.zeros((len(targets), classes), np.float32)

    def score(model: Any) -> dict[str, float]:
        latest[:] = class_probabilities(model, validation, classes)
        return class_scores(latest, targets)

    config = hyperparameters(recipe)
    return Descent(
        perfect=all_right,
        model=model,
        examples=training_examples(recipe, encode, sequences, labels, committee),
        score=score,
        settings=recipe,
        preprocessor=make_spec(
            TextPreprocessorSpec,
            head_length=recipe.head_length,
            tail_length=recipe.tail_length,
            unit=recipe.unit,
        ),
        assets={TOKENIZER: data.tokenizer},
        config=config,
        method=recipe.method,
        sources=data.sources,
        held=held_out,
        report=classifier_reports(
            model, recipe.labels, held_out.texts, targets, encode, lambda: latest, config
        ),
    )


def _model(recipe: TextClassificationRecipe, size: int, ngrams: list[np.ndarray]) -> Any:
    """Return the network with its weights as they are drawn."""
    arguments = {"ngram_sizes": tuple(map(len, ngrams))} if ngrams else {}
    backbone = make_spec(recipe.kind, vocabulary_size=size, **{**recipe.backbone, **arguments})
    head = make_spec(
        TextClassifierSpec,
        num_classes=len(recipe.labels),
        pooling=recipe.pooling,
        dropout=recipe.dropout,
    )
    model = build_task(recipe.task, backbone, head, precision=recipe.precision)
    truncate_bptt(model.backbone, recipe.bptt_steps)
    draw_starts(
        model,
        kernel_start=recipe.kernel_start,
        recurrent_start=recipe.recurrent_start,
        embedding_start=recipe.embedding_start,
        seed=recipe.seed,
    )
    set_forget_bias(model, recipe.forget_bias)
    return model


def text_weights(labels: np.ndarray, weighting: float) -> np.ndarray | None:
    """Return how much every text counts in the loss, 1 on average; None where all do the same.

    Args:
        labels: the class of each.
        weighting: the power of a class's share by which its texts count less.

    Example:
        >>> (100 * text_weights(np.array([0, 0, 0, 0, 1]), 0.5)).astype(int).tolist()
        [83, 83, 83, 83, 166]
    """
    if not weighting:
        return None
    weights = np.maximum(1, np.bincount(labels))[labels] ** -weighting
    found: np.ndarray = (weights / weights.mean()).astype(np.float32)
    return found


def training_examples(
    recipe: TextClassificationRecipe,
    encode: TextEncoder,
    sequences: list[np.ndarray],
    labels: np.ndarray,
    teacher: Committee | None,
) -> EpochExamples:
    """Return what a recipe's network reads in every epoch.

    Without a teacher these are the texts with their labels; with one, its lessons too.

    Args:
        recipe: what is trained.
        encode: cuts token ids as the network reads them.
        sequences: token ids of the whole training texts.
        labels: the class of each.
        teacher: what teaches the network, if the recipe has one.
    """
    settings = recipe.teacher
    if settings is None or teacher is None:
        classes = np.eye(len(recipe.labels), dtype=np.float32)
        plain = Examples(
            [encode.truncate(ids) for ids in sequences],
            classes[labels],
            text_weights(labels, recipe.class_weighting),
        )
        return lambda epoch: plain

    def lessons(epoch: int) -> Examples:
        drawn, targets = teach(
            sequences,
            labels,
            teacher,
            settings,
            longest=recipe.head_length + recipe.tail_length,
            generator=np.random.default_rng([recipe.seed, epoch, 1]),
        )
        return Examples([encode.truncate(ids) for ids in drawn], targets)

    return lessons
