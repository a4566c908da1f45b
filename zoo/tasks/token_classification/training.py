"""Training of a tagger by its recipe."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from zoo.datasets import dataset_named, load_dataset
from zoo.fitting.building import build_task
from zoo.fitting.optimizer import optimizer_of
from zoo.fitting.starts import draw_starts
from zoo.formats import TOKENIZER
from zoo.learning.descent import Descent
from zoo.learning.recipes import hyperparameters
from zoo.networks.tagging.spec import TaggingBackboneSpec
from zoo.schema import DataSource
from zoo.specs import make_spec
from zoo.tasks.token_classification.keras_reader import chain_of
from zoo.tasks.token_classification.recipe import TokenClassificationRecipe
from zoo.tasks.token_classification.reports import tagger_reports
from zoo.tasks.token_classification.rows import HeldRows, TrainingRows
from zoo.tasks.token_classification.specs import (
    AFFIX_TOKENIZER,
    LETTER_TOKENIZER,
    TokenClassifierSpec,
    TokenPreprocessorSpec,
)
from zoo.text.tagged import TaggedDataset
from zoo.text.word_features import AFFIXES, LETTERS, WordFeatures, learn_vocabularies

__all__ = ["all_found", "higher_f1", "learn", "scorer", "word_reader"]

_PERFECT = 0.99999


def learn(
    recipe: TokenClassificationRecipe,
    *,
    entry: Callable[[str], Any],
    tell: Callable[[str], None],
    data: Any = None,
) -> Descent:
    """Return what trains a tagger; see `zoo.task.Task.learn`.

    Args:
        recipe: what is trained.
        entry: of no matter here: no other entry teaches it.
        tell: called with what is being done.
        data: parts and sources, as this reads them; None reads them.
    """
    keras.utils.set_random_seed(recipe.seed)
    tell(f"Loading {recipe.dataset} ...")
    parts, sources = data or _read(recipe)
    train, held_out = parts["train"], parts["validation"]
    # The vocabularies, too, are learnt from the training part alone.
    vocabularies = learn_vocabularies(train.sentences, affix_count=recipe.affix_count)
    files = dict(zip((TOKENIZER, LETTER_TOKENIZER, AFFIX_TOKENIZER), vocabularies, strict=True))
    features = WordFeatures(*vocabularies.values())
    sizes = [tokenizer.get_vocab_size() for tokenizer in vocabularies.values()]
    labels = recipe.labels or train.labels
    model = build_task(
        recipe.task,
        make_spec(
            TaggingBackboneSpec,
            vocabulary_size=sizes[0],
            letter_vocabulary_size=sizes[1],
            affix_vocabulary_size=sizes[2],
            **recipe.backbone,
        ),
        make_spec(TokenClassifierSpec, num_classes=len(labels), dropout=recipe.dropout),
        precision=recipe.precision,
    )
    draw_starts(
        model,
        kernel_start=recipe.kernel_start,
        recurrent_start=recipe.recurrent_start,
        embedding_start=recipe.embedding_start,
        seed=recipe.seed,
    )
    examples = TrainingRows(
        train,
        features,
        labels,
        places=recipe.batch_size,
        document_length=recipe.document_length,
        cut=recipe.cut,
        word_dropout=recipe.word_dropout,
        recased=recipe.recased,
        seed=recipe.seed,
    )
    reading = word_reader(model)
    reading.compile(
        optimizer=optimizer_of(recipe, steps=examples.batches * recipe.epochs),
        loss=model.crf.loss,
    )
    held = HeldRows(held_out, features, labels, document_length=recipe.document_length)
    config = hyperparameters(recipe)
    return Descent(
        model=reading,
        kept=model,
        examples=examples,
        score=scorer(held),
        settings=recipe,
        preprocessor=make_spec(TokenPreprocessorSpec, document_length=recipe.document_length),
        assets={
            file: vocabularies[name].to_str(pretty=False).encode("utf-8")
            for file, name in files.items()
        },
        config=config,
        method=recipe.method,
        sources=sources,
        held=held_out,
        trained_on=train,
        better=higher_f1,
        perfect=all_found,
        report=tagger_reports(reading, model.crf, labels, vocabularies["words"], config),
    )


def _read(
    recipe: TokenClassificationRecipe,
) -> tuple[dict[str, TaggedDataset], tuple[DataSource, ...]]:
    if dataset_named(recipe.dataset) is not None:
        return {split: load_dataset(recipe.dataset, split) for split in ("train", "validation")}, ()
    from zoo.tasks.token_classification.data import prepare_tagged

    own = prepare_tagged(
        recipe.dataset, text_column=recipe.text_column, label_column=recipe.label_column
    )
    return {"train": own.train, "validation": own.validation}, own.sources


def word_reader(model: Any) -> keras.Model:
    """Return what trains a tagger's weights: it reads every word of a batch once.

    Most words of a batch come several times; their letters are read once, and what is found goes
    to all their places.

    Args:
        model: a `TaggingTokenClassifier`, whose layers these are.
    """
    words = {
        "token_ids": keras.Input((), dtype="int32", name="word_token_ids"),
        "letters": keras.Input((LETTERS,), dtype="int32", name="word_letters"),
        "shapes": keras.Input((), dtype="int32", name="word_shapes"),
        "affixes": keras.Input((len(AFFIXES),), dtype="int32", name="word_affixes"),
    }
    rows = {
        "token_ids": keras.Input((None,), dtype="int32", name="token_ids"),
        "groups": keras.Input((None,), dtype="int32", name="groups"),
        "padding_mask": keras.Input((None,), dtype="bool", name="padding_mask"),
    }
    places = keras.Input((None,), dtype="int32", name="places")
    vectors = ops.take(model.backbone.word_vectors(**words), places, axis=0)
    outputs = model.emissions_of(model.backbone.states(vectors, **rows))
    inputs = {**{f"word_{name}": value for name, value in words.items()}, **rows, "places": places}
    return keras.Model(inputs, outputs, name=f"{model.name}_by_word")


def scorer(held: HeldRows) -> Callable[[Any], dict[str, float]]:
    """Return what scores a tagger on documents.

    Args:
        held: the documents.
    """

    def score(model: Any) -> dict[str, float]:
        chain = chain_of(model)

        def emissions(features: dict[str, np.ndarray]) -> np.ndarray:
            return np.asarray(
                ops.convert_to_numpy(keras.Model.predict_on_batch(model, features)), np.float32
            )

        return held.score(held.tags(emissions, chain.decode))

    return score


def higher_f1(scores: dict[str, float], best: dict[str, float]) -> bool:
    """Return whether the F1 of entities is higher than the best so far."""
    return scores["f1"] > best["f1"]


def all_found(best: dict[str, float]) -> bool:
    """Return whether every entity is found, and none too many."""
    return best["f1"] >= _PERFECT
