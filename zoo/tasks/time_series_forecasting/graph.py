"""The ONNX graph of a forecaster, in single precision, for readers other than the zoo.

The zoo itself computes with NumPy and SciPy in double precision.
"""

from __future__ import annotations

from zoo.formats import Checkpoint
from zoo.graphs.onnx_format import FLOAT
from zoo.interfaces import GraphFile
from zoo.networks.echo_state.graph import add_features, add_readout, start
from zoo.tasks.time_series_forecasting.trained_graph import trained_graphs

__all__ = ["forecaster_graph", "graphs"]


def forecaster_graph(checkpoint: Checkpoint) -> bytes:
    """Write the ONNX graph of a forecaster.

    Its inputs are `series`, float32 (batch, time, channels), and `state`, float32 (batch, units),
    zeros at first; its outputs are `forecasts`, of the shape of `series`, the step after each of
    its steps, and `next_state`, to go on from. Fed its own last forecast it runs freely.

    Args:
        checkpoint: a checkpoint of the task `time-series-forecasting`.

    Returns:
        The content of the ONNX file.
    """
    spec = checkpoint.backbone
    graph = start("forecaster", checkpoint)
    graph.input("state", FLOAT, ["batch", spec.units])
    features = add_features(graph, checkpoint, "state")
    if checkpoint.head.squares:
        squares = graph.add("Mul", [features, features], "squares")
        features = graph.add("Concat", [features, squares], "features_and_squares", axis=2)
    outputs = add_readout(graph, checkpoint, features)
    outputs = graph.add("Mul", [outputs, "scaling/scale"], "stretched")
    graph.add("Add", [outputs, "scaling/mean"], "forecasts")
    graph.output("forecasts", FLOAT, ["batch", "time", spec.channels])
    graph.output("next_state", FLOAT, ["batch", spec.units])
    return graph.serialize()


def graphs(source: Checkpoint) -> tuple[GraphFile, ...]:
    """Return the graph that is published.

    Args:
        source: a verified checkpoint of the task.
    """
    if not source.backbone.closed_form:
        return trained_graphs(source)
    return (
        GraphFile(
            "onnx/model.onnx",
            forecaster_graph(source),
            {
                "series": "the series",
                "state": "state of the reservoir, zeros at first",
                "forecasts": "of every step the one that follows",
                "next_state": "`state` to go on from",
            },
        ),
    )
