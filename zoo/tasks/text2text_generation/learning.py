"""Fine-tuning of a speller."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import keras

from zoo.fitting.names import plain
from zoo.fitting.pair_reports import pair_reports
from zoo.interfaces import Prepared
from zoo.learning.descent import Descent
from zoo.learning.pair_descent import pair_descent
from zoo.pairs.examples import VariantDataset
from zoo.tasks.text2text_generation.training import (
    encoded,
    errors_of,
    fewer_errors,
    figures,
    no_errors,
)

if TYPE_CHECKING:
    from zoo.schema import ModelInfo

__all__ = ["tune"]

_BUCKETS = (8, 12, 18, 28, 48, 100)
_SMOOTHING = 0.1


def tune(load: Callable[..., Any], info: ModelInfo, prepared: Prepared) -> Descent:
    """Return what tunes a speller; see `zoo.finetune`.

    Args:
        load: loads the model, with a row for every unit that its data brought.
        info: its record.
        prepared: what `prepare` returned.
    """
    data, settings = prepared.data, prepared.settings
    keras.utils.set_random_seed(settings.seed)
    model = load(precision=settings.precision)
    # Texts are encoded once, here; with its preprocessor the model would take raw ones.
    preprocessor, model.preprocessor = model.preprocessor, None
    tokenizers = (preprocessor.source_tokenizer.hf_tokenizer, preprocessor.tokenizer.hf_tokenizer)
    parts = {
        "train": VariantDataset.of(*data.train),
        "validation": VariantDataset.of(*data.validation),
    }
    spec, held = preprocessor.spec, parts["validation"]
    examples, held_out = encoded(parts, tokenizers, spec, _BUCKETS)
    return pair_descent(
        model,
        examples,
        settings,
        smoothing=_SMOOTHING,
        score=lambda model: errors_of(model, held_out, tokenizers[1], spec, held),
        preprocessor=spec,
        assets=preprocessor.assets,
        config={**settings.as_dict(), "label_smoothing": _SMOOTHING},
        method=f"All weights of {info.name} were trained further at one rate.",
        sources=data.sources,
        held=held,
        better=fewer_errors,
        perfect=no_errors,
        report=pair_reports(
            model,
            held_out,
            tokenizers,
            plain({"base": info.name, **settings.as_dict(), "pairs": len(examples.sources)}),
            figures(spec),
        ),
        notes=(
            "These are of beam search, as the model answers. The errors after every epoch, by "
            "which the weights were chosen, are of greedy search.\n"
        ),
    )
