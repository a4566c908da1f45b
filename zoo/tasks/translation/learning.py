"""Fine-tuning of a translator."""

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
from zoo.pairs.batches import Pairs
from zoo.pairs.examples import PairDataset
from zoo.tasks.translation.training import all_given, bleu_of, higher_bleu
from zoo.text.subwords import SubwordEncoder

if TYPE_CHECKING:
    from zoo.schema import ModelInfo

__all__ = ["tune"]

_BUCKETS = (12, 15, 18, 22, 28, 40, 64, 100)
_SMOOTHING = 0.1


def tune(load: Callable[..., Any], info: ModelInfo, prepared: Prepared) -> Descent:
    """Return what tunes a translator; see `zoo.finetune`.

    Args:
        load: loads the model.
        info: its record.
        prepared: what `prepare` returned.
    """
    data, settings = prepared.data, prepared.settings
    keras.utils.set_random_seed(settings.seed)
    model = load(precision=settings.precision)
    # Sentences are encoded once, here; with its preprocessor the model would take raw ones.
    preprocessor, model.preprocessor = model.preprocessor, None
    tokenizers = (preprocessor.source_tokenizer.hf_tokenizer, preprocessor.tokenizer.hf_tokenizer)
    read = SubwordEncoder(tokenizers[0], preprocessor.source_length)
    written = SubwordEncoder(tokenizers[1], preprocessor.target_length)
    examples, held_out = (
        Pairs(read(sources), written(targets), _BUCKETS)
        for sources, targets in (data.train, data.validation)
    )
    references, length = data.validation[1], preprocessor.target_length
    return pair_descent(
        model,
        examples,
        settings,
        smoothing=_SMOOTHING,
        score=lambda model: bleu_of(model, held_out, tokenizers[1], length, references),
        preprocessor=preprocessor.spec,
        assets=preprocessor.assets,
        config={**settings.as_dict(), "label_smoothing": _SMOOTHING},
        method=f"All weights of {info.name} were trained further at one rate.",
        sources=data.sources,
        held=PairDataset(*data.validation),
        better=higher_bleu,
        perfect=all_given,
        report=pair_reports(
            model,
            held_out,
            tokenizers,
            plain({"base": info.name, **settings.as_dict(), "pairs": len(data.train[0])}),
            ("bleu",),
        ),
        notes=(
            "These are of beam search, as the model answers. The BLEU after every epoch, by which "
            "the weights were chosen, is of greedy search.\n"
        ),
    )
