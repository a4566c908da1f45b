"""Training of a speller by its recipe."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras

from zoo.fitting.pair_reports import pair_reports
from zoo.formats import TOKENIZER
from zoo.learning.descent import Descent
from zoo.learning.pair_descent import new_pair_model, pair_descent, read_parts
from zoo.learning.recipes import hyperparameters
from zoo.networks.bahdanau.spec import BahdanauSpellerBackboneSpec
from zoo.pairs.batches import Pairs, greedy
from zoo.pairs.edits import SYMBOL_RATES, count_errors, error_rates
from zoo.pairs.examples import VariantDataset
from zoo.pairs.files import SOURCE_TOKENIZER
from zoo.specs import make_spec
from zoo.tasks.text2text_generation.recipe import Text2TextRecipe
from zoo.tasks.text2text_generation.specs import Text2TextLMSpec, Text2TextPreprocessorSpec
from zoo.text.units import UnitEncoder, decode_units, parse_units, train_units

__all__ = ["encoded", "errors_of", "fewer_errors", "figures", "learn", "no_errors"]


def learn(
    recipe: Text2TextRecipe,
    *,
    entry: Callable[[str], Any],
    tell: Callable[[str], None],
    data: Any = None,
) -> Descent:
    """Return what trains a speller; see `zoo.task.Task.learn`.

    Args:
        recipe: what is trained.
        entry: of no matter here: no other entry teaches it.
        tell: called with what is being done.
        data: parts and sources, as this reads them; None reads them.
    """
    keras.utils.set_random_seed(recipe.seed)
    tell(f"Loading {recipe.dataset} ...")
    parts, sources = data or read_parts(recipe, VariantDataset.of)
    preprocessor = make_spec(
        Text2TextPreprocessorSpec,
        source_length=recipe.source_length,
        target_length=recipe.target_length,
        source_unit=recipe.source_unit,
        target_unit=recipe.target_unit,
    )
    rows = parts["train"].pairs()
    # The vocabularies, too, are learnt from the training part alone.
    assets, tokenizers = {}, []
    for name, texts, form, size in (
        (
            SOURCE_TOKENIZER,
            rows.sources,
            preprocessor.source_vocabulary,
            recipe.source_vocabulary_size,
        ),
        (TOKENIZER, rows.targets, preprocessor.target_vocabulary, recipe.vocabulary_size),
    ):
        tokenizer = train_units(texts, form, size)
        assets[name] = tokenizer.to_str(pretty=False).encode("utf-8")
        tokenizers.append(parse_units(assets[name], form, tokenizer.get_vocab_size()))
    examples, held_out = encoded(parts, tokenizers, preprocessor, recipe.buckets)
    held = parts["validation"]
    model = new_pair_model(recipe, BahdanauSpellerBackboneSpec, Text2TextLMSpec(), tokenizers)
    config = hyperparameters(recipe)
    return pair_descent(
        model,
        examples,
        recipe,
        smoothing=recipe.label_smoothing,
        score=lambda model: errors_of(model, held_out, tokenizers[1], preprocessor, held),
        preprocessor=preprocessor,
        assets=assets,
        config=config,
        method=recipe.method,
        sources=sources,
        held=held,
        better=fewer_errors,
        perfect=no_errors,
        report=pair_reports(model, held_out, tokenizers, config, figures(preprocessor)),
    )


def figures(preprocessor: Text2TextPreprocessorSpec) -> tuple[str, str]:
    """Return the names of what `errors_of` returns.

    Args:
        preprocessor: arguments of the preprocessor.
    """
    return "word_error_rate", SYMBOL_RATES[preprocessor.target_unit]


def encoded(
    parts: Mapping[str, VariantDataset],
    tokenizers: Sequence[Any],
    preprocessor: Text2TextPreprocessorSpec,
    buckets: Sequence[int],
) -> tuple[Pairs, Pairs]:
    """Return the token ids of a training part, and of the texts of a validation part.

    Args:
        parts: both, by name.
        tokenizers: those of the source and of the target.
        preprocessor: arguments of the preprocessor.
        buckets: lengths that batches are padded to.
    """
    read = UnitEncoder(tokenizers[0], preprocessor.source_length)
    written = UnitEncoder(tokenizers[1], preprocessor.target_length, keep=True)
    rows, held = parts["train"].pairs(), parts["validation"]
    # One answer is written of a text, however many are right.
    first = [right[0] for right in held.targets]
    return (
        Pairs(read(rows.sources), written(rows.targets), buckets),
        Pairs(read(held.sources), written(first), buckets),
    )


def errors_of(
    model: Any,
    pairs: Pairs,
    tokenizer: Any,
    preprocessor: Text2TextPreprocessorSpec,
    held: VariantDataset,
) -> dict[str, float]:
    """Return the shares of wrong words and of wrong symbols of greedy answers, from 0 to 1.

    Args:
        model: a speller.
        pairs: token ids of the texts.
        tokenizer: that of the target.
        preprocessor: arguments of the preprocessor.
        held: the texts with all that is right to write of them.
    """
    unit = preprocessor.target_unit
    found = decode_units(tokenizer, greedy(model, pairs, preprocessor.target_length))
    return error_rates(*count_errors(found, held.targets, unit), unit)


def fewer_errors(scores: dict[str, float], best: dict[str, float]) -> bool:
    """Return whether fewer words are wrong than the best so far; of as many, fewer symbols."""
    return list(scores.values()) < [best[name] for name in scores]


def no_errors(best: dict[str, float]) -> bool:
    """Return whether every word is right."""
    return best["word_error_rate"] <= 0.0
