"""The classes of series, as the command shows them."""

from __future__ import annotations

from zoo.classes.answers import class_answer, class_fields
from zoo.common.answering import Answers, Request
from zoo.series.inputs import read_inputs, series_reading
from zoo.tasks.time_series_classification.pipeline import SeriesClassificationPipeline

__all__ = ["predict"]


def predict(model: SeriesClassificationPipeline, request: Request) -> Answers:
    """Return the classes of the series of a request.

    Args:
        model: the pipeline.
        request: the request.

    Raises:
        InputError: a series is not as the model needs it.
        DataError: a file cannot be read.
    """
    options = dict(request.options)
    top_k = options.pop("top_k", 1)
    names, series, notes = read_inputs(
        request, model.model.channels, series_reading(**options, info=model.info)
    )
    found = zip(names, model([item.values for item in series], top_k=top_k), strict=True)
    answers = [class_answer("series", name, classes, name) for name, classes in found]
    return Answers(
        ("label", "score", "series"),
        iter([answers]),
        "score",
        fields=class_fields(model.info.labels, top_k),
        notes=lambda: notes,
    )
