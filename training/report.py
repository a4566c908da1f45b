"""What training shows in TensorBoard beside its scalars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from zoo.fitting.events import EventWriter

__all__ = ["AlignmentReport", "GradientFlowReport"]

DISTANCE = 200
TEXTS = 4
PROBES = 4
SENTENCES = 4


class GradientFlowReport:
    """Logs how far back the network's gradient reaches, as a picture and as scalars.

    Args:
        backbone: the backbone that is trained.
        sequences: token ids of texts; some long ones are used, the same in every epoch.

    Call with a TensorBoard writer and the number of the epoch.
    """

    def __init__(self, backbone: Any, sequences: Sequence[np.ndarray]) -> None:
        self.backbone = backbone
        # The last words alone: what comes earlier than the distance is not looked at.
        longest = sorted(sequences, key=lambda ids: -min(len(ids), DISTANCE + 1))
        self.sequences = [ids[-DISTANCE - 1 :] for ids in longest[:TEXTS]]

    def __call__(self, writer: EventWriter, epoch: int) -> None:
        from zoo.gradients import draw_gradient_flow, gradient_norms, png

        flow = gradient_norms(self.backbone, self.sequences, DISTANCE, PROBES)
        figure = draw_gradient_flow({f"epoch {epoch}": flow})
        picture = png(figure)
        width, height = np.frombuffer(picture[16:24], ">u4")  # of the PNG's header
        writer.add_image("gradient_flow", picture, int(width), int(height), epoch)
        for distance in (10, 50, 100, DISTANCE):
            norms = flow[:, distance]
            norms = norms[np.isfinite(norms) & (norms > 0)]
            if len(norms):
                mean = float(np.mean(np.log10(norms)))
                writer.add_scalar(f"gradient_flow/log10_norm_{distance}_words_back", mean, epoch)


class AlignmentReport:
    """Logs where the decoder looks while it writes fixed sentences, as pictures.

    Args:
        backbone: the backbone that is trained.
        pairs: token ids of sentences and translations; a few of middling length are shown, the
            same in every epoch.
        tokenizers: those of the source and of the target.

    Call with a TensorBoard writer and the number of the epoch.
    """

    def __init__(self, backbone: Any, pairs: Any, tokenizers: Sequence[Any]) -> None:
        self.backbone = backbone
        self.pairs = pairs
        self.tokenizers = tokenizers
        middle = np.argsort(pairs.lengths, kind="stable")[len(pairs.sources) // 2 :]
        self.rows = middle[:SENTENCES]

    def __call__(self, writer: EventWriter, epoch: int) -> None:
        from zoo.alignment import Alignment, draw_alignment
        from zoo.gradients import png

        features, _, _ = self.pairs.batch(self.rows)
        weights = np.asarray(self.backbone.predict_on_batch(features)["attention_weights"])
        for number, (row, matrix) in enumerate(zip(self.rows, weights, strict=True), 1):
            source, target = self.pairs.sources[row], self.pairs.targets[row]
            matrix = matrix[: len(target), : len(source)]
            alignment = Alignment.of(self.tokenizers[0], self.tokenizers[1], source, target, matrix)
            picture = png(draw_alignment(alignment))
            width, height = np.frombuffer(picture[16:24], ">u4")  # of the PNG's header
            writer.add_image(f"alignment/{number}", picture, int(width), int(height), epoch)
