"""What the training of an encoder-decoder shows in TensorBoard: where it looks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from zoo.fitting.events import HParams, add_figure
from zoo.fitting.reports import Reports, WeightReport
from zoo.pairs.alignment import Alignment, draw_alignment
from zoo.pairs.batches import Pairs
from zoo.text.projector import list_words

__all__ = ["AlignmentReport", "pair_reports"]

_TEXTS = 4


def pair_reports(
    model: Any,
    pairs: Pairs,
    tokenizers: Sequence[Any],
    hparams: HParams,
    metrics: Sequence[str],
) -> Reports:
    """Return all that the run of an encoder-decoder shows.

    Args:
        model: the model that is trained.
        pairs: token ids of the validation part.
        tokenizers: those of the source and of the target.
        hparams: the hyperparameters of the run by name.
        metrics: names of the validation scores.
    """
    tables = ("source_embedding/embeddings", "token_embedding/embeddings")
    return Reports(
        model,
        hparams,
        metrics,
        paced={
            "weights": WeightReport(model),
            "attention": AlignmentReport(model.backbone, pairs, tokenizers),
        },
        words=dict(zip(tables, map(list_words, tokenizers), strict=True)),
    )


class AlignmentReport:
    """Logs where the decoder looks while it writes fixed answers, as pictures.

    Args:
        backbone: the backbone that is trained.
        pairs: token ids of texts and answers; a few of middling length are shown, the
            same in every epoch.
        tokenizers: those of the source and of the target.

    Call with a TensorBoard writer and the number of the epoch.
    """

    def __init__(self, backbone: Any, pairs: Pairs, tokenizers: Sequence[Any]) -> None:
        self.backbone = backbone
        self.pairs = pairs
        self.tokenizers = tokenizers
        middle = np.argsort(pairs.lengths, kind="stable")[len(pairs.sources) // 2 :]
        self.rows = middle[:_TEXTS]

    def __call__(self, writer: Any, epoch: int) -> None:
        features, _, _ = self.pairs.batch(self.rows)
        weights = np.asarray(self.backbone.predict_on_batch(features)["attention_weights"])
        for number, (row, matrix) in enumerate(zip(self.rows, weights, strict=True), 1):
            source, target = self.pairs.sources[row], self.pairs.targets[row]
            matrix = matrix[: len(target), : len(source)]
            alignment = Alignment.of(self.tokenizers[0], self.tokenizers[1], source, target, matrix)
            add_figure(writer, f"attention/{number}", draw_alignment(alignment), epoch)
