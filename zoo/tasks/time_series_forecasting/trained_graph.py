"""The ONNX graph of a trained forecaster: what the zoo answers with, and what others read."""

from __future__ import annotations

from zoo.formats import Checkpoint
from zoo.graphs.onnx_format import FLOAT
from zoo.interfaces import GraphFile
from zoo.networks.segrnn.graph import add_forecast, add_segments, start

__all__ = ["trained_forecaster_graph", "trained_graphs"]


def trained_forecaster_graph(checkpoint: Checkpoint) -> bytes:
    """Write the ONNX graph of a trained forecaster.

    Its input is `series`, float32 (batch, time, channels), of which the end is read; its output
    is `forecasts`, float32 (batch, horizon, channels), what follows; or, where quantiles are
    forecast, (batch, horizon, channels, quantiles), in ascending order.

    Args:
        checkpoint: a checkpoint of the task `time-series-forecasting` over a trained network.

    Returns:
        The content of the ONNX file.
    """
    spec, head, tensors = checkpoint.backbone, checkpoint.head, checkpoint.tensors
    graph = start("forecaster", spec)
    add_segments(graph, spec, tensors)
    readout = tensors["readout/kernel"], tensors["readout/bias"]
    add_forecast(graph, spec, readout, head.outputs, head.factors(spec.horizon), head.middle)
    several = [head.outputs] if head.quantiles else []
    graph.output("forecasts", FLOAT, ["batch", spec.horizon, spec.channels, *several])
    return graph.serialize()


def trained_graphs(source: Checkpoint) -> tuple[GraphFile, ...]:
    """Return the graph that is published.

    Args:
        source: a verified checkpoint of a trained forecaster.
    """
    levels = ", ".join(f"{level:g}" for level in source.head.quantiles)
    what = "what follows each series"
    if levels:
        what += f", for every step and channel its quantiles {levels}"
    return (
        GraphFile(
            "onnx/model.onnx",
            trained_forecaster_graph(source),
            {"series": "series of one length, of which the end is read", "forecasts": what},
        ),
    )
