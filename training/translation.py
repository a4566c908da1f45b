"""Train an encoder-decoder by its recipe; see `training.train`."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras

from models import TranslationRecipe
from training.descent import identity_of, write_descent
from training.record import hyperparameters
from zoo.datasets import dataset_named, load_dataset
from zoo.datasets.common import PairDataset
from zoo.fitting.building import build_task
from zoo.fitting.loop import train
from zoo.fitting.optimizer import optimizer_of
from zoo.fitting.starts import draw_starts
from zoo.fitting.stopping import stop_requests
from zoo.formats import SOURCE_TOKENIZER, TOKENIZER
from zoo.networks.bahdanau.spec import BahdanauBackboneSpec
from zoo.pairs.batches import Pairs, SmoothedCrossEntropy, greedy
from zoo.schema import DataSource, ModelInfo
from zoo.specs import make_spec
from zoo.tasks.translation.data import prepare_pairs
from zoo.tasks.translation.reports import translator_reports
from zoo.tasks.translation.specs import Seq2SeqLMSpec, Seq2SeqPreprocessorSpec
from zoo.text.subwords import (
    SubwordEncoder,
    decode,
    parse_subword_tokenizer,
    train_subword_tokenizer,
)

if TYPE_CHECKING:
    from zoo.fitting.wandb_run import WandbRun

__all__ = ["train_translator"]


def train_translator(
    recipe: TranslationRecipe,
    output: Path,
    work: Path,
    *,
    overwrite: bool,
    command: str,
    mirror: WandbRun | None = None,
) -> ModelInfo:
    """Train by a recipe and write a checkpoint directory; see `training.train.train_recipe`.

    Args:
        recipe: what to train.
        output: the checkpoint directory to make.
        work: directory of the run's state and its TensorBoard events.
        overwrite: whether an existing checkpoint is replaced.
        command: the command to record.
        mirror: a run of Weights & Biases that gets what TensorBoard gets.
    """
    keras.utils.set_random_seed(recipe.seed)
    _keep_compiled(work)
    print(f"Loading {recipe.dataset} ...", flush=True)
    sources: tuple[DataSource, ...] = ()
    if dataset_named(recipe.dataset) is not None:
        parts = {split: load_dataset(recipe.dataset, split) for split in ("train", "validation")}
    else:
        own = prepare_pairs(recipe.dataset)
        parts = {"train": PairDataset(*own.train), "validation": PairDataset(*own.validation)}
        sources = own.sources
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
    spec = make_spec(
        BahdanauBackboneSpec,
        source_vocabulary_size=tokenizers[0].get_vocab_size(),
        vocabulary_size=tokenizers[1].get_vocab_size(),
        **recipe.backbone,
    )
    model = build_task(recipe.task, spec, Seq2SeqLMSpec(), precision=recipe.precision)
    draw_starts(
        model,
        kernel_start=recipe.kernel_start,
        recurrent_start=recipe.recurrent_start,
        seed=recipe.seed,
    )
    steps = -(-len(examples.sources) // recipe.batch_size) * recipe.epochs
    model.compile(
        optimizer=optimizer_of(recipe, steps=steps),
        loss=SmoothedCrossEntropy(recipe.label_smoothing),
        weighted_metrics=[],
        sampler="greedy",
    )

    def score(model: Any) -> dict[str, float]:
        from sacrebleu.metrics import BLEU

        found = decode(tokenizers[1], greedy(model, held_out, recipe.target_length))
        return {"bleu": BLEU().corpus_score(found, [parts["validation"].targets]).score}

    # What comes after the last epoch is written before any signal counts.
    with stop_requests():
        result = train(
            model,
            lambda epoch: examples,
            lambda: score(model),
            epochs=recipe.epochs,
            batch_size=recipe.batch_size,
            patience=recipe.patience,
            seed=recipe.seed,
            state=work / "state.npz",
            logs=work / "tensorboard",
            identity=identity_of(recipe, sources),
            report=translator_reports(model, held_out, tokenizers, hyperparameters(recipe)),
            better=lambda scores, best: scores["bleu"] > best["bleu"],
            mirror=mirror,
        )
        return write_descent(
            recipe,
            model,
            result,
            score,
            output,
            preprocessor=make_spec(
                Seq2SeqPreprocessorSpec,
                source_length=recipe.source_length,
                target_length=recipe.target_length,
            ),
            assets=assets,
            sources=sources,
            command=command,
            overwrite=overwrite,
            mirror=mirror,
        )


def _keep_compiled(work: Path) -> None:
    """Have JAX keep what it compiled: a run that goes on need not compile anew."""
    if keras.backend.backend() == "jax":
        import jax

        jax.config.update("jax_compilation_cache_dir", str((work / "compiled").resolve()))
