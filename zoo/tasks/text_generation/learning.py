"""Fine-tuning of a language model."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import keras

from zoo.fitting.names import plain
from zoo.fitting.optimizer import optimizer_of
from zoo.interfaces import Prepared
from zoo.learning.descent import Descent
from zoo.tasks.text_generation.data import STEPS
from zoo.tasks.text_generation.pieces import (
    HeldText,
    carrying,
    epoch_streams,
    likelier,
    token_loss,
    tokens_of,
)
from zoo.tasks.text_generation.reports import language_reports

if TYPE_CHECKING:
    from zoo.schema import ModelInfo

__all__ = ["tune"]


def tune(load: Callable[..., Any], info: ModelInfo, prepared: Prepared) -> Descent:
    """Return what tunes a language model; see `zoo.finetune`.

    Args:
        load: loads the model.
        info: its record.
        prepared: what `prepare` returned.
    """
    data, settings = prepared.data, prepared.settings
    keras.utils.set_random_seed(settings.seed)
    model = load(precision=settings.precision)
    preprocessor = model.preprocessor
    encoder = preprocessor.tokenizer.language()
    train, held_out = (tokens_of(encoder, part.texts) for part in (data.train, data.validation))
    steps = settings.bptt_steps or STEPS[encoder.unit]
    examples = epoch_streams(train, settings.batch_size, steps, settings.seed)
    reading = carrying(model, settings.batch_size)
    count = len(examples(0).lengths) * settings.epochs
    reading.compile(
        optimizer=optimizer_of(settings, steps=count), loss=token_loss(), weighted_metrics=[]
    )
    return Descent(
        model=reading,
        kept=model,
        examples=examples,
        score=HeldText(held_out, encoder.unit),
        settings=settings,
        preprocessor=preprocessor.spec,
        assets=preprocessor.assets,
        config={**settings.as_dict(), "bptt_steps": steps},
        method=f"All weights of {info.name} were trained further at one rate.",
        sources=data.sources,
        held=data.validation,
        trained_on=data.train,
        better=likelier,
        report=language_reports(
            model,
            partial(carrying, model),
            encoder,
            plain({"base": info.name, **settings.as_dict(), "tokens": len(train)}),
        ),
    )
