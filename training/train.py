"""Train an entry by its recipe: `python -m training.train lstm-imdb`."""

from __future__ import annotations

import dataclasses
import shlex
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer

from models import (
    Recipe,
    TextClassificationRecipe,
    TranslationRecipe,
    list_recipes,
    load_recipe,
)
from training.record import hyperparameters
from zoo.cli.errors import one_line_errors
from zoo.cli.options import Wandb, WandbTexts
from zoo.common.quiet import import_keras
from zoo.errors import InputError
from zoo.formats import TOKENIZER
from zoo.schema import MAX_EPOCHS, ModelInfo, short
from zoo.specs import make_spec
from zoo.tasks.text_classification.specs import TextClassifierSpec, TextPreprocessorSpec

if TYPE_CHECKING:
    from training.teacher import Committee
    from training.texts import TrainingTexts
    from zoo.fitting.loop import EpochExamples
    from zoo.fitting.wandb_run import WandbRun
    from zoo.text.encoding import TextEncoder

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


def train_recipe(
    recipe: Recipe,
    output: Path,
    *,
    restart: bool = False,
    wandb: bool = False,
    wandb_texts: bool = False,
    command: str = "",
    texts: TrainingTexts | None = None,
) -> ModelInfo:
    """Train by a recipe and write a checkpoint directory.

    The run's state and its TensorBoard events lie beside it, in `<output>.run`. A run that was
    killed goes on from there when it is called again with the same arguments.

    Args:
        recipe: what to train; its `seed` seeds weights, dropout and the order of the texts.
        output: the checkpoint directory to make.
        restart: whether a run that is on disk is thrown away, finished or not.
        wandb: whether Weights & Biases gets what TensorBoard gets, but no picture that shows
            validation texts.
        wandb_texts: whether it gets those too.
        command: the command to record.
        texts: what `training.texts.read_texts` returned for the recipe's data set and vocabulary
            size, for several runs on the same texts; a text classifier reads them itself else.

    Returns:
        The record of the checkpoint that was written.

    Raises:
        InputError: `output` exists, or another run's state lies beside it, or wandb is wanted and
            not installed, or the recipe is fitted in closed form.
        DataError: the data set cannot be loaded.
        OutputError: the place cannot be written or is full.
        KeyboardInterrupt: Ctrl-C was pressed, or SIGTERM or SIGHUP came; it says how to go on.

    Example:
        >>> train_recipe(load_recipe("lstm-imdb"), Path("runs/mine"))  # doctest: +SKIP
    """
    work = output.with_name(output.name + ".run")
    if restart:
        shutil.rmtree(work, ignore_errors=True)
    if output.exists() and not restart:
        raise InputError(
            f"Expected an --output that does not exist yet. Received: {output}. Choose another, "
            "or add --restart to train it anew"
        )
    import_keras()
    if not isinstance(recipe, TextClassificationRecipe | TranslationRecipe):
        from training.reservoirs import train_reservoir

        if wandb:
            raise InputError(
                f"Expected no --wandb: {recipe.name} is fitted in closed form, without epochs"
            )
        return train_reservoir(recipe, output, restart=restart, command=command)
    from zoo.fitting.loop import TrainingInterrupted

    with _mirror(recipe, work, wandb, wandb_texts) as mirror:
        try:
            if isinstance(recipe, TranslationRecipe):
                from training.translation import train_translator

                return train_translator(
                    recipe, output, work, overwrite=restart, command=command, mirror=mirror
                )
            return _train_classifier(recipe, output, work, restart, command, mirror, texts)
        except TrainingInterrupted as stop:
            raise TrainingInterrupted(
                f"{stop}: the run lies in {work}; give the same command again to go on",
                stop.result,
                stop.signal,
            ) from None


@contextmanager
def _mirror(
    recipe: TextClassificationRecipe | TranslationRecipe, work: Path, wanted: bool, texts: bool
) -> Iterator[WandbRun | None]:
    if not wanted:
        yield None
        return
    from zoo.fitting.wandb_run import wandb_run

    name = f"{recipe.name}-seed-{recipe.seed}"
    config = hyperparameters(recipe)
    with wandb_run(work, name=name, job="train", config=config, texts=texts) as run:
        yield run


def _train_classifier(
    recipe: TextClassificationRecipe,
    output: Path,
    work: Path,
    restart: bool,
    command: str,
    mirror: WandbRun | None,
    texts: TrainingTexts | None,
) -> ModelInfo:
    import keras

    from training.descent import identity_of, write_descent
    from training.ngrams import choose_ngrams, start_embeddings
    from training.teacher import Committee, NgramTeacher
    from training.texts import read_texts
    from zoo.fitting.building import build_task
    from zoo.fitting.loop import Examples, train
    from zoo.fitting.optimizer import optimizer_of
    from zoo.fitting.probabilities import class_probabilities, class_scores
    from zoo.fitting.starts import draw_starts, set_forget_bias
    from zoo.fitting.stopping import stop_requests
    from zoo.fitting.truncated_bptt import truncate_bptt
    from zoo.tasks.text_classification.reports import classifier_reports
    from zoo.text.encoding import TextEncoder, parse_tokenizer

    keras.utils.set_random_seed(recipe.seed)
    if texts is None:
        texts = read_texts(recipe.dataset, recipe.vocabulary_size, recipe.labels)
    parts, tokenizer, vocabulary_size = texts.parts, texts.tokenizer, texts.vocabulary_size
    encode = TextEncoder(
        parse_tokenizer(tokenizer, vocabulary_size), recipe.head_length, recipe.tail_length
    )
    sequences = texts.sequences
    teacher = None
    if recipe.teacher is not None:
        print("Fitting the teacher ...", flush=True)
        teacher = NgramTeacher(sequences, parts["train"].labels, recipe.teacher)
    ngrams = choose_ngrams(
        sequences,
        vocabulary_size,
        recipe.backbone.get("ngram_sizes", ()),
        teacher.weights if teacher and recipe.teacher and recipe.teacher.start else None,
    )
    arguments = {"ngram_sizes": tuple(map(len, ngrams))} if ngrams else {}
    backbone_spec = make_spec(
        recipe.kind, vocabulary_size=vocabulary_size, **{**recipe.backbone, **arguments}
    )
    head_spec = make_spec(
        TextClassifierSpec,
        num_classes=len(recipe.labels),
        pooling=recipe.pooling,
        dropout=recipe.dropout,
    )
    classes = np.eye(len(recipe.labels), dtype=np.float32)
    held_out = Examples(encode(parts["validation"].texts), classes[parts["validation"].labels])
    committee = None
    if recipe.teacher is not None and teacher is not None:
        committee = Committee(teacher, recipe.teacher.committee, tokenizer, encode)
    examples = training_examples(recipe, encode, sequences, parts["train"].labels, committee)
    model = build_task(recipe.task, backbone_spec, head_spec, precision=recipe.precision)
    truncate_bptt(model.backbone, recipe.bptt_steps)
    draw_starts(
        model,
        kernel_start=recipe.kernel_start,
        recurrent_start=recipe.recurrent_start,
        embedding_start=recipe.embedding_start,
        seed=recipe.seed,
    )
    set_forget_bias(model, recipe.forget_bias)
    if recipe.word_vectors is not None:
        from training.word_vectors import start_word_vectors

        print("Counting word vectors ...", flush=True)
        start_word_vectors(model, sequences, recipe.word_vectors)
    start_embeddings(model, ngrams, teacher, recipe.teacher)
    steps = -(-len(parts["train"].texts) // recipe.batch_size) * recipe.epochs
    model.compile(
        optimizer=optimizer_of(recipe, steps=steps),
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=recipe.label_smoothing),
        metrics=[],
    )

    labels = parts["validation"].labels
    latest = np.zeros((len(labels), len(recipe.labels)), np.float32)

    def score(model: Any) -> dict[str, float]:
        latest[:] = class_probabilities(model, held_out, len(recipe.labels))
        return class_scores(latest, labels)

    # What comes after the last epoch is written before any signal counts.
    with stop_requests():
        result = train(
            model,
            examples,
            lambda: score(model),
            epochs=recipe.epochs,
            batch_size=recipe.batch_size,
            patience=recipe.patience,
            seed=recipe.seed,
            state=work / "state.npz",
            logs=work / "tensorboard",
            identity=identity_of(recipe, texts.sources),
            report=classifier_reports(
                model,
                recipe.labels,
                parts["validation"].texts,
                labels,
                encode,
                lambda: latest,
                hyperparameters(recipe),
            ),
            mirror=mirror,
        )
        return write_descent(
            recipe,
            model,
            result,
            score,
            output,
            preprocessor=make_spec(
                TextPreprocessorSpec,
                head_length=recipe.head_length,
                tail_length=recipe.tail_length,
            ),
            assets={TOKENIZER: tokenizer},
            sources=texts.sources,
            command=command,
            overwrite=restart,
            mirror=mirror,
        )


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
    from training.teacher import teach
    from zoo.fitting.loop import Examples

    settings = recipe.teacher
    if settings is None or teacher is None:
        classes = np.eye(len(recipe.labels), dtype=np.float32)
        plain = Examples([encode.truncate(ids) for ids in sequences], classes[labels])
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


@app.command()
def main(
    name: Annotated[
        str, typer.Argument(help=f"File of a recipe, or entry: {', '.join(list_recipes())}")
    ],
    seed: Annotated[int | None, typer.Option(help="Another seed than the recipe's.")] = None,
    epochs: Annotated[int | None, typer.Option(help="Other passes than the recipe's.")] = None,
    output: Annotated[
        Path | None, typer.Option(help="Checkpoint directory; default runs/NAME-seed-SEED.")
    ] = None,
    restart: Annotated[bool, typer.Option(help="Throw away what an earlier run left.")] = False,
    wandb: Wandb = False,
    wandb_texts: WandbTexts = False,
) -> None:
    """Train an entry by its recipe and write a checkpoint directory.

    A run that was killed, or stopped by Ctrl-C or SIGTERM, goes on when the same command is given
    again.

    Examples:

        python -m training.train lstm-imdb

        python -m training.train lstm-imdb --seed 2 --output runs/second

        KERAS_BACKEND=jax python -m training.train lstm-imdb

        python -m training.train ./my_reviews.py
    """
    with one_line_errors():
        recipe = load_recipe(name)
        for option, value, least, most in (
            ("--epochs", epochs, 1, MAX_EPOCHS),
            ("--seed", seed, 0, (1 << 31) - 1),
        ):
            if value is not None and not least <= value <= most:
                raise InputError(f"Expected {option} from {least} to {most:,}. Received: {value}")
        if seed is not None:
            recipe = dataclasses.replace(recipe, seed=seed)
        if epochs is not None:
            if not isinstance(recipe, TextClassificationRecipe | TranslationRecipe):
                raise InputError(
                    f"Expected no --epochs: {recipe.name} is fitted in closed form. "
                    f"Received: {epochs}"
                )
            recipe = dataclasses.replace(recipe, epochs=epochs)
        target = output or Path("runs") / f"{recipe.name}-seed-{recipe.seed}"
        options = "".join(
            f" --{option} {value}"
            for option, value in (("seed", seed), ("epochs", epochs))
            if value is not None
        )
        info = train_recipe(
            recipe,
            target,
            restart=restart,
            wandb=wandb,
            wandb_texts=wandb_texts,
            command=f"python -m training.train {shlex.quote(Path(name).name)}{options}",
        )
        assert info.training is not None
        scores = ", ".join(f"{key} {short(v)}" for key, v in info.training.validation.items())
        print(f"Wrote {target}: epoch {info.training.best_epoch}, validation {scores}.")


if __name__ == "__main__":
    sys.exit(app())
