"""Fine-tuning of a tagger."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import keras

from zoo.fitting.names import plain
from zoo.fitting.optimizer import optimizer_of
from zoo.interfaces import Prepared
from zoo.learning.descent import Descent
from zoo.tasks.token_classification.reports import tagger_reports
from zoo.tasks.token_classification.rows import HeldRows, TrainingRows
from zoo.tasks.token_classification.training import all_found, higher_f1, scorer, word_reader

if TYPE_CHECKING:
    from zoo.schema import ModelInfo

__all__ = ["tune"]

# How often documents are cut, words read as unknown ones, and read in another case, lest a tagger
# forgets to; see `TokenClassificationRecipe`.
_CUT, _WORD_DROPOUT, _RECASED = 0.2, 0.5, 0.1
_HEAD = "A head was trained over the frozen body of {base}."
_FULL = "All weights of {base} were trained further at one rate."
_NEW = " Its tags are new."


def tune(load: Callable[..., Any], info: ModelInfo, prepared: Prepared) -> Descent:
    """Return what tunes a tagger; see `zoo.finetune`.

    Args:
        load: loads the model, with a new head when it is given labels.
        info: its record.
        prepared: what `prepare` returned. With the types of the model its head is kept, with
            others it gets a new one.
    """
    data, settings, labels = prepared.data, prepared.settings, tuple(prepared.labels)
    keras.utils.set_random_seed(settings.seed)
    new_head = info.labels != labels
    changes = {"labels": list(labels)} if new_head else {}
    model = load(**changes, precision=settings.precision)
    # Words are looked up once, here; with its preprocessor the model would take documents.
    preprocessor, model.preprocessor = model.preprocessor, None
    features = preprocessor.features
    count = sum(len(words) + 1 for words in data.train.sentences)
    examples = TrainingRows(
        data.train,
        features,
        labels,
        places=max(1, settings.batch_size * count // len(data.train)),
        document_length=preprocessor.document_length,
        cut=_CUT,
        word_dropout=_WORD_DROPOUT,
        recased=_RECASED,
        seed=settings.seed,
    )
    model.backbone.trainable = settings.strategy != "head"
    reading = word_reader(model)
    reading.compile(
        optimizer=optimizer_of(settings, steps=examples.batches * settings.epochs),
        loss=model.crf.loss,
    )
    held = HeldRows(data.validation, features, labels, document_length=preprocessor.document_length)
    method = (_HEAD if settings.strategy == "head" else _FULL).format(base=info.name)
    hparams = plain({"base": info.name, **settings.as_dict(), "documents": len(data.train)})
    return Descent(
        model=reading,
        kept=model,
        examples=examples,
        score=scorer(held),
        settings=settings,
        preprocessor=preprocessor.spec,
        assets=preprocessor.assets,
        config=settings.as_dict(),
        method=method + _NEW * new_head,
        sources=data.sources,
        held=data.validation,
        trained_on=data.train,
        better=higher_f1,
        perfect=all_found,
        report=tagger_reports(
            reading, model.crf, labels, preprocessor.tokenizer.hf_tokenizer, hparams
        ),
    )
