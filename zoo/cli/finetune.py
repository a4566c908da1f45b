"""`zoo finetune`: a checkpoint and a table in, a checkpoint of one's own out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from zoo.cli.errors import one_line_errors
from zoo.cli.options import Devices, Hub, Json, Revision, Source, Wandb, WandbTexts, source_of
from zoo.cli.output import print_json, say
from zoo.cli.task_options import given_options

__all__ = ["command"]

# What each of the files is for that lie beside a checkpoint.
_FILES = {
    "report.txt": ": the figures above",
    "state.npz": ": the run's state, from which --resume goes on to more --epochs; else of no use",
    "tensorboard": ": curves and pictures, which zoo tensorboard shows",
    "training.png": ": loss and validation of every epoch",
}


def command(
    name: Source,
    train: Annotated[
        str,
        typer.Option(
            help="CSV, TSV, JSON lines or Parquet file, a folder of .txt files for every class, "
            "a file of the Hub, such as hf://datasets/user/repo/file.parquet, or a TensorFlow data "
            "set: ag_news_subset:train if it is prepared here, tfds:ag_news_subset:train to "
            "download it; of series CSV, TSV, JSON lines, Parquet or NPY files."
        ),
    ],
    output: Annotated[Path, typer.Option(help="Checkpoint directory to make.")],
    valid: Annotated[
        str | None, typer.Option(help="The same for validation; default: a part of --train.")
    ] = None,
    task: Annotated[
        str | None,
        typer.Option(
            help="Task to tune for, where one can begin from an entry of another, as a classifier "
            "of texts from a language model. Default: the entry's own, or that, with labels."
        ),
    ] = None,
    validation_share: Annotated[
        float | None,
        typer.Option(help="Share of --train to validate on; default 0.2, or 0.1 from 1,000 on."),
    ] = None,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume", help="Go on with a run that was stopped, or has ended, to more --epochs."
        ),
    ] = False,
    wandb: Wandb = False,
    wandb_texts: WandbTexts = False,
    devices: Devices = None,
    hub: Hub = False,
    revision: Revision = None,
    as_json: Json = False,
    **options: Any,
) -> None:
    """Train an entry further on data of your own and write a checkpoint of it.

    A classifier of texts reads texts and labels, a translator sentences and translations, a speller
    texts and what is to be written of them, a tagger words and tags, a language model running text;
    a forecaster a table of numbers a series, a classifier of series a folder of files for every
    class, or one table of them all. Models over reservoirs are fitted anew in seconds.

    The weights after the pass with the best validation are kept. Prints precision, recall and F1
    of every class and the confusion matrix; the same as a picture, and curves for TensorBoard,
    lie beside the checkpoint, in OUTPUT.run. Ctrl-C, SIGTERM and SIGHUP keep the best weights so
    far; a second Ctrl-C stops at once.

    Examples:

        zoo finetune lstm-imdb --train reviews.csv --output mine

        zoo finetune lstm-imdb --train train.jsonl --valid valid.jsonl --text-column review
        --label-column stars --strategy full --output mine

        zoo finetune lstm-wikitext2 --train reviews.csv --task text-classification --output mine

        zoo finetune bahdanau-multi30k-de-en --train pairs.tsv --text-column de --label-column en
        --output mine

        zoo finetune esn-mackey-glass --train series.csv --output mine

        zoo finetune bigru-epilepsy --train recordings/ --output mine

        zoo finetune bigru-epilepsy --train long.csv --id-column sensor --label-column kind
        --output mine

        zoo finetune esn-mackey-glass --train air.csv --columns "CO(GT)" --fill linear --output mine

        zoo finetune segrnn-etth1 --train sales.csv --date-column ds --columns y1,y2 --horizon 30
        --quantiles 0.1,0.5,0.9 --output mine

        zoo predict mine "Does what it says."
    """
    with one_line_errors():
        from rich.console import Console

        from zoo.finetuning.run import plan
        from zoo.task import task_of

        tune = plan(
            name,
            train,
            output=output,
            source=source_of(hub),
            revision=revision,
            valid=valid,
            task=task,
            validation_share=validation_share,
            resume=resume,
            wandb=wandb,
            wandb_texts=wandb_texts,
            devices=devices,
            console=Console(stderr=True),
            **given_options(options),
        )
        tuned = tune()
        if as_json:
            import msgspec

            print_json(
                {
                    "path": str(tuned.path),
                    "picture": tuned.picture and str(tuned.picture),
                    "stopped": tuned.stopped,
                    "files": [str(path) for path in tuned.files],
                    "info": msgspec.to_builtins(tuned.info),
                }
            )
            return
        say(tuned.report)
        if tuned.stopped:
            say(tuned.stopped)
        checkpoint, *beside = tuned.files
        say(f"Wrote {checkpoint}, the checkpoint, and beside it:")
        drawn = task_of(tuned.info).drawn
        shown = _FILES | {f"{picture}.png": f": {what}" for picture, what in drawn.items()}
        for path in beside:
            say(f"  {path}{shown.get(path.name, '')}")
