"""The ONNX graph of a detector: the network alone, in single precision.

What is done before and after it needs the rows one after another; the zoo does it in Python.
"""

from __future__ import annotations

import numpy as np

from zoo.formats import Checkpoint
from zoo.graphs.onnx_format import FLOAT, OPSET, Graph
from zoo.interfaces import GraphFile
from zoo.networks.recurrent.series_graph import add_series_layers

__all__ = ["detector_graph", "graphs"]


def detector_graph(checkpoint: Checkpoint) -> bytes:
    """Write the ONNX graph of the network of a detector.

    Its inputs are `series`, float32 (batch, time, 2), what `read_rows` makes of series, padded at
    the end, and `lengths`, int32 (batch), the true number of rows of each; its output is
    `forecasts`, float32 (batch, time, outputs), what the network says after every row of the next.

    Args:
        checkpoint: a checkpoint of the task `time-series-anomaly-detection`.

    Returns:
        The content of the ONNX file.
    """
    tensors = {name: value.astype(np.float32) for name, value in checkpoint.tensors.items()}
    graph = Graph("anomaly_detector", OPSET)
    states, _ = add_series_layers(graph, checkpoint.backbone, tensors, scaled=False)
    states = graph.add("Transpose", [states], "states_by_series", perm=[1, 0, 2])
    mean, scale = ("scaling/mean", "scaling/scale")
    centred = graph.add("Sub", ["series", mean], "heard/centred")
    heard = graph.add("Div", [centred, scale], "heard/scaled")
    both = graph.add("Concat", [states, heard], "states_and_rows", axis=2)
    kernel, bias = (
        graph.constant(f"forecast/{part}", tensors[f"forecast/{part}"])
        for part in ("kernel", "bias")
    )
    product = graph.add("MatMul", [both, kernel], "forecast/product")
    graph.add("Add", [product, bias], "forecasts")
    graph.output("forecasts", FLOAT, ["batch", "time", checkpoint.head.outputs])
    return graph.serialize()


def graphs(source: Checkpoint) -> tuple[GraphFile, ...]:
    """Return the graph that is published.

    Args:
        source: a verified checkpoint of the task.
    """
    return (
        GraphFile(
            "onnx/model.onnx",
            detector_graph(source),
            {
                "series": "of every row where it lies among those before it, and how far it moved",
                "lengths": "true number of rows of each series",
                "forecasts": "of every row what follows it: logits, places and logarithmic widths "
                "of a mixture of normal distributions",
            },
        ),
    )
