"""Training of a language model by its recipe."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import keras
import numpy as np

from zoo.datasets import dataset_named, load_dataset
from zoo.errors import InputError, shown
from zoo.fitting.building import build_task
from zoo.fitting.optimizer import optimizer_of
from zoo.fitting.sampled_classes import ClassSampler
from zoo.fitting.starts import draw_starts
from zoo.fitting.weight_drop import drop_weights
from zoo.formats import TOKENIZER
from zoo.learning.descent import Descent
from zoo.learning.recipes import hyperparameters
from zoo.networks.recurrent.spec import RecurrentBackboneSpec
from zoo.schema import DataSource
from zoo.specs import make_spec
from zoo.tasks.text_generation.data import OwnCorpus, check_tokens, prepare_corpus
from zoo.tasks.text_generation.pieces import (
    HeldText,
    carrying,
    epoch_streams,
    likelier,
    partly_sampled,
    token_loss,
    tokens_of,
)
from zoo.tasks.text_generation.recipe import TextGenerationRecipe
from zoo.tasks.text_generation.reports import language_reports
from zoo.tasks.text_generation.specs import CausalLMPreprocessorSpec, CausalLMSpec
from zoo.text.corpora import TextCorpus
from zoo.text.language import (
    LanguageEncoder,
    language_form,
    parse_language_tokenizer,
    train_plain_characters,
    train_plain_words,
)

__all__ = ["learn"]


def learn(
    recipe: TextGenerationRecipe,
    *,
    entry: Callable[[str], Any],
    tell: Callable[[str], None],
    data: Any = None,
) -> Descent:
    """Return what trains a language model; see `zoo.task.Task.learn`.

    Args:
        recipe: what is trained.
        entry: of no matter here: no other entry teaches it.
        tell: called with what is being done.
        data: parts and sources, as this reads them; None reads them.

    Raises:
        InputError: the recipe smooths labels.
    """
    if recipe.label_smoothing:
        raise InputError(
            "Expected label_smoothing=0.0 for a language model, of whose tokens some never follow. "
            f"Received: {shown(recipe.label_smoothing)}"
        )
    keras.utils.set_random_seed(recipe.seed)
    tell(f"Loading {recipe.dataset} ...")
    parts, sources = data or _read(recipe)
    vocabulary, encoder = _vocabulary(recipe, parts["train"].texts)
    if sources:
        check_tokens(encoder, OwnCorpus(parts["train"], parts["validation"], sources))
    train, held_out = (tokens_of(encoder, parts[split].texts) for split in ("train", "validation"))
    size = encoder.tokenizer.get_vocab_size()
    model = build_task(
        recipe.task,
        make_spec(RecurrentBackboneSpec, vocabulary_size=size, **recipe.backbone),
        make_spec(CausalLMSpec, tied=recipe.tied, dropout=recipe.dropout),
        precision=recipe.precision,
    )
    draw_starts(
        model,
        kernel_start=recipe.kernel_start,
        recurrent_start=recipe.recurrent_start,
        embedding_start=recipe.embedding_start,
        seed=recipe.seed,
    )
    drop_weights(model.backbone, recipe.weight_drop)
    examples = epoch_streams(train, recipe.batch_size, recipe.bptt_steps, recipe.seed)
    pieces = len(examples(0).lengths)
    if recipe.sampled_epochs:
        sampler = ClassSampler(np.bincount(train, minlength=size), recipe.sampled_tokens)
        examples = partly_sampled(examples, sampler, recipe.sampled_epochs, recipe.seed)
    reading = carrying(model, recipe.batch_size)
    reading.compile(
        optimizer=optimizer_of(recipe, steps=pieces * recipe.epochs),
        loss=token_loss(),
        weighted_metrics=[],
    )
    config = hyperparameters(recipe)
    score = HeldText(held_out, encoder.unit)
    return Descent(
        model=reading,
        kept=model,
        examples=examples,
        score=score,
        settings=recipe,
        preprocessor=make_spec(
            CausalLMPreprocessorSpec,
            unit=recipe.unit,
            lowercase=recipe.lowercase,
            sequence_length=recipe.sequence_length,
        ),
        assets={TOKENIZER: vocabulary},
        config=config,
        method=recipe.method,
        sources=sources,
        held=parts["validation"],
        trained_on=parts["train"],
        better=likelier,
        report=language_reports(model, partial(carrying, model), encoder, config),
    )


def _read(recipe: TextGenerationRecipe) -> tuple[dict[str, TextCorpus], tuple[DataSource, ...]]:
    if dataset_named(recipe.dataset) is not None:
        return {split: load_dataset(recipe.dataset, split) for split in ("train", "validation")}, ()
    own = prepare_corpus(recipe.dataset, text_column=recipe.text_column)
    return {"train": own.train, "validation": own.validation}, own.sources


def _vocabulary(
    recipe: TextGenerationRecipe, texts: Sequence[str]
) -> tuple[bytes, LanguageEncoder]:
    """Learn the vocabulary from the training part alone."""
    if recipe.unit == "characters":
        tokenizer = train_plain_characters(texts, recipe.vocabulary_size)
    else:
        tokenizer = train_plain_words(texts, recipe.vocabulary_size, recipe.lowercase)
    vocabulary = tokenizer.to_str(pretty=False).encode("utf-8")
    form = language_form(recipe.unit, recipe.lowercase)
    size = tokenizer.get_vocab_size()
    return vocabulary, LanguageEncoder(parse_language_tokenizer(vocabulary, form, size))
