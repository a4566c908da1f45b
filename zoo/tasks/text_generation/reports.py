"""What the training of a language model shows in TensorBoard: its weights, and what it writes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from zoo.common.escape import fenced
from zoo.fitting.events import HParams
from zoo.fitting.reports import Reports, WeightReport
from zoo.tasks.text_generation.sampling import TokenChoice, choose
from zoo.text.language import END, PAD, UNKNOWN, LanguageEncoder
from zoo.text.projector import list_words

__all__ = ["SampleReport", "language_reports"]

_SAMPLES, _SEED = 3, 1
_LENGTH = {"words": 50, "characters": 250}


def language_reports(
    model: Any, reading: Callable[[int], Any], encoder: LanguageEncoder, hparams: HParams
) -> Reports:
    """Return all that a language model's run shows.

    Args:
        model: the model that is trained.
        reading: returns what reads a number of streams with its weights; see `carrying`.
        encoder: its vocabulary.
        hparams: the hyperparameters of the run by name.
    """
    name = "nats_per_character" if encoder.unit == "characters" else "perplexity"
    return Reports(
        model,
        hparams,
        (name,),
        paced={"weights": WeightReport(model), "samples": SampleReport(reading, encoder)},
        words={"token_embedding/embeddings": list_words(encoder.tokenizer)},
    )


class SampleReport:
    """Logs texts that a language model writes from nothing, with the same random numbers always.

    Args:
        reading: returns what reads a number of streams with the model's weights.
        encoder: its vocabulary.

    Call with a TensorBoard writer and the number of the epoch.
    """

    def __init__(self, reading: Callable[[int], Any], encoder: LanguageEncoder) -> None:
        self.reading, self.encoder = reading, encoder
        self._model: Any = None

    def __call__(self, writer: Any, epoch: int) -> None:
        if self._model is None:
            self._model = self.reading(_SAMPLES)
        texts = [self.encoder.decode(ids) for ids in self.write(_LENGTH[self.encoder.unit])]
        writer.add_text("samples", "\n\n".join(str(fenced(text)) for text in texts), epoch)

    def write(self, length: int) -> np.ndarray:
        """Return token ids of shape (samples, length), drawn as likely as the model has them.

        Args:
            length: number of tokens of each.
        """
        known = self.encoder.tokenizer.get_vocab_size()
        never = np.array([PAD, UNKNOWN])
        last, found = np.full(_SAMPLES, END, np.int32), []
        for step in range(length):
            features = {
                "token_ids": last[:, None],
                "goes_on": np.full(_SAMPLES, float(step > 0), np.float32),
            }
            logits = np.asarray(keras.ops.convert_to_numpy(self._model.predict_on_batch(features)))
            drawn = [
                choose(row, never, TokenChoice(), (_SEED, sample), step)
                for sample, row in enumerate(logits[:, 0, :known])
            ]
            last = np.array(drawn, np.int32)
            found.append(last)
        return np.stack(found, axis=1)
