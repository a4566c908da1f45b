"""What TensorBoard shows of a language model at work on fixed texts."""

from __future__ import annotations

import warnings
from typing import Any

from zoo.common.escape import fenced
from zoo.datasets.common import DataSet
from zoo.formats import Checkpoint
from zoo.tasks.text_generation.examples import PASSAGES, prompts_of

__all__ = ["write_board"]

_SEED, _TEMPERATURES = 1, (0.0, 0.5, 0.8, 1.0)
_LONG = {"words": 60, "characters": 300}


def write_board(board: Any, source: Checkpoint, dataset: DataSet | None) -> None:
    """Write a network's vectors, what it writes with a fixed seed, and what surprises it.

    Args:
        board: where to, a `zoo.boards.record.Board`.
        source: a verified checkpoint.
        dataset: what it was trained on first.
    """
    from zoo.fitting.events import add_figure
    from zoo.tasks.text_generation.explaining import explain
    from zoo.tasks.text_generation.pipeline import TextGenerationPipeline
    from zoo.text.projector import add_words

    pipeline, unit = TextGenerationPipeline(source), source.preprocessor.unit
    add_words(board, source.tensors, "token_embedding", pipeline.encoder.tokenizer)
    prompts = list(prompts_of(source.info, unit))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of words that are strange to it
        for temperature in _TEMPERATURES:
            written = pipeline(
                prompts, max_new_tokens=_LONG[unit], temperature=temperature, seed=_SEED
            )
            texts = "\n\n".join(str(fenced(one["generated_text"])) for (one,) in written)
            board.add_text(f"samples/temperature_{temperature:g}", texts, board.end)
        figure = explain(pipeline, PASSAGES[unit]).draw()
    add_figure(board, "surprise/passage", figure, board.end)
