"""What the model cards of numeric series say."""

from __future__ import annotations

from typing import Any

from huggingface_hub import ModelCardData

from zoo.cards.derived import eval_results, front_matter
from zoo.cards.pictures import picture_titles
from zoo.common.escape import Markdown, quoted
from zoo.datasets import load_dataset
from zoo.errors import CheckpointError, shown
from zoo.formats import Checkpoint
from zoo.schema import ModelInfo, short
from zoo.tasks.time_series_classification.pipeline import SeriesClassificationPipeline
from zoo.tasks.time_series_forecasting.pipeline import ForecastingPipeline

__all__ = ["series_card_context", "series_card_data"]

_MEANINGS = {
    "nrmse_84": "`nrmse_84` is the root mean squared error of the 84th step of free-running "
    "forecasts from as many points of the unseen stretch as there are examples, in standard "
    "deviations of the series (Jaeger & Haas 2004 published 10^-4.2 for 1,000 units). `rmse_1` is "
    "that of one step, in units of the series.",
    "valid_time": "`valid_time` is the median time, in Lyapunov times (1 / 0.9056 time units), for "
    "which free-running forecasts from as many points of the unseen stretch as there are examples "
    "stay within 0.4 standard deviations of the truth, over the three channels. `rmse_1` is the "
    "root mean squared error of one step, in units of the series.",
    "accuracy": "Precision, recall, F1 and AUC are averaged over the classes with equal weight, "
    "AUC of each class against the rest.",
}
_LIMITS = {
    "time-series-forecasting": (
        "It knows one system with one set of parameters, sampled at one interval and free of "
        "noise. On any other series its forecasts mean nothing: fit it anew (`model.fit`).",
        "A forecast from fewer steps than the washout starts from a state that still depends on "
        "where it began.",
        "What a chaotic system does to errors it does to the model's: every forecast is wrong "
        "after a time that grows only with the logarithm of its accuracy.",
    ),
    "time-series-classification": (
        "It tells these nine male speakers apart by one pair of vowels each, in the coefficients "
        "that the data set holds; it cannot recognise anyone else, and gives everyone else one of "
        "the nine labels.",
        "The utterances of a speaker were recorded together. On recordings of another day or "
        "another microphone it will err more often.",
        "It must not be used to identify people.",
    ),
}


def series_card_data(info: ModelInfo) -> ModelCardData:
    """Return the front matter of a card.

    Args:
        info: the checkpoint's record.
    """
    dataset, licenses = info.dataset, info.licenses
    assert dataset is not None and licenses is not None
    return front_matter(
        license=licenses.weights,
        library_name="keras",
        pipeline_tag="time-series-forecasting" if not info.labels else None,
        tags=[info.architecture, "rnn", "reservoir-computing", "keras", "onnx", info.task],
        model_name=info.name,
        eval_results=eval_results(info, dataset.hub_id or dataset.name, dataset.title),
    )


def series_card_context(
    source: Checkpoint, model: ForecastingPipeline | SeriesClassificationPipeline, address: str
) -> dict[str, Any]:
    """Return what the card's template shows beside the record; the snippet is run.

    Args:
        source: the checkpoint.
        model: its pipeline.
        address: what a reader of the card passes to `zoo.pipeline`.

    Raises:
        CheckpointError: the zoo cannot say what the first metric of the record means.
        DataError: the data of the snippet is neither at hand nor reachable.
    """
    info = source.info
    assert info.dataset is not None
    main = info.metrics[0]
    if main.name not in _MEANINGS:
        raise CheckpointError(
            f"Expected a record whose first metric is one of {', '.join(_MEANINGS)}, for the card "
            f"of {info.name}. Received: {shown(main.name)}. Measure it again with: "
            "python -m training.evaluate"
        )
    forecasting = isinstance(model, ForecastingPipeline)
    data = load_dataset(info.dataset.name, "test")
    if isinstance(model, ForecastingPipeline):
        variable, series, horizon = "forecast", data.series[0], 84
        snippet = (
            f"forecast = zoo.pipeline({quoted(address)})\n"
            f'series = load_dataset({quoted(info.dataset.name)}, "test").series[0]\n'
            f"print(forecast(series[:1000], horizon={horizon})[-1].round(3))\n"
            f"print(series[{1000 + horizon - 1}].round(3))"
        )
        answer = (
            f"{model(series[:1000], horizon)[-1].round(3)}\n{series[1000 + horizon - 1].round(3)}"
        )
    else:
        variable = "classify"
        snippet = (
            f"classify = zoo.pipeline({quoted(address)})\n"
            f'series = load_dataset({quoted(info.dataset.name)}, "test").series\n'
            "print(classify(series[:2]))"
        )
        # Rounded, as scores differ in their last digits from machine to machine.
        answers = model(data.series[:2])
        answer = str([{"label": a["label"], "score": round(a["score"], 3)} for a in answers])
    return {
        "forecasting": forecasting,
        "backbone": source.backbone,
        "trained": source.tensors["readout/kernel"].size + source.tensors["readout/bias"].size,
        "main": main,
        "figure": short,
        "snippet": Markdown(snippet),
        "variable": variable,
        "answer": answer,
        "meaning": Markdown(_MEANINGS[main.name]),
        "limits": [Markdown(limit) for limit in _LIMITS[info.task]],
        "pictures": list(picture_titles(info)),
    }
