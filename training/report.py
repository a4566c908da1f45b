"""What training shows in TensorBoard beside its scalars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from training.events import EventWriter

__all__ = ["GradientFlowReport"]

DISTANCE = 200
TEXTS = 4
PROBES = 4


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
