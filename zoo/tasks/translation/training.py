"""Training of a translator by its recipe."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Callable, Sequence
from typing import Any

import keras

from zoo.fitting.pair_reports import pair_reports
from zoo.formats import TOKENIZER
from zoo.learning.descent import Descent
from zoo.learning.pair_descent import new_pair_model, pair_descent, read_parts
from zoo.learning.recipes import hyperparameters
from zoo.networks.bahdanau.spec import BahdanauBackboneSpec
from zoo.pairs.batches import Pairs, greedy
from zoo.pairs.examples import PairDataset
from zoo.pairs.files import SOURCE_TOKENIZER
from zoo.specs import make_spec
from zoo.tasks.translation.recipe import TranslationRecipe
from zoo.tasks.translation.specs import Seq2SeqLMSpec, Seq2SeqPreprocessorSpec
from zoo.text.subwords import (
    SubwordEncoder,
    decode,
    parse_subword_tokenizer,
    train_subword_tokenizer,
)

__all__ = ["all_given", "bleu_of", "higher_bleu", "learn"]

_MOST_BLEU = 99.999


def learn(
    recipe: TranslationRecipe,
    *,
    entry: Callable[[str], Any],
    tell: Callable[[str], None],
    data: Any = None,
) -> Descent:
    """Return what trains a translator; see `zoo.task.Task.learn`.

    Args:
        recipe: what is trained.
        entry: of no matter here: no other entry teaches it.
        tell: called with what is being done.
        data: parts and sources, as this reads them; None reads them.
    """
    keras.utils.set_random_seed(recipe.seed)
    tell(f"Loading {recipe.dataset} ...")
    parts, sources = data or read_parts(recipe, PairDataset)
    # The vocabularies, too, are learnt from the training part alone.
    assets, tokenizers = {}, []
    for name, texts, size in (
        (SOURCE_TOKENIZER, parts["train"].sources, recipe.source_vocabulary_size),
        (TOKENIZER, parts["train"].targets, recipe.vocabulary_size),
    ):
        tokenizer = train_subword_tokenizer(texts, size)
        assets[name] = tokenizer.to_str(pretty=False).encode("utf-8")
        tokenizers.append(parse_subword_tokenizer(assets[name], tokenizer.get_vocab_size()))
    read = SubwordEncoder(tokenizers[0], recipe.source_length)
    written = SubwordEncoder(tokenizers[1], recipe.target_length)
    examples, held_out = (
        Pairs(read(parts[split].sources), written(parts[split].targets), recipe.buckets)
        for split in ("train", "validation")
    )
    model = new_pair_model(recipe, BahdanauBackboneSpec, Seq2SeqLMSpec(), tokenizers)
    references, length = parts["validation"].targets, recipe.target_length
    config = hyperparameters(recipe)
    return pair_descent(
        model,
        examples,
        recipe,
        smoothing=recipe.label_smoothing,
        score=lambda model: bleu_of(model, held_out, tokenizers[1], length, references),
        preprocessor=make_spec(
            Seq2SeqPreprocessorSpec,
            source_length=recipe.source_length,
            target_length=recipe.target_length,
        ),
        assets=assets,
        config=config,
        method=recipe.method,
        sources=sources,
        held=parts["validation"],
        better=higher_bleu,
        perfect=all_given,
        report=pair_reports(model, held_out, tokenizers, config, ("bleu",)),
    )


def bleu_of(
    model: Any, pairs: Pairs, tokenizer: Any, length: int, references: Sequence[str]
) -> dict[str, float]:
    """Return the BLEU of greedy translations, from 0 to 100.

    Args:
        model: a translator.
        pairs: token ids of the sentences.
        tokenizer: that of the target.
        length: most tokens of a translation.
        references: a reference translation of every sentence.
    """
    from sacrebleu.metrics import BLEU

    found = decode(tokenizer, greedy(model, pairs, length))
    return {"bleu": BLEU().corpus_score(found, [list(references)]).score}


def higher_bleu(scores: dict[str, float], best: dict[str, float]) -> bool:
    """Return whether the BLEU is higher than the best so far."""
    return scores["bleu"] > best["bleu"]


def all_given(best: dict[str, float]) -> bool:
    """Return whether every translation is the given one."""
    return best["bleu"] >= _MOST_BLEU
