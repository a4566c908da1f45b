"""What runs the graphs of the pipelines: ONNX Runtime, or OpenVINO where that is asked for."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from zoo.common.optional import need

__all__ = ["ENGINES", "OpenVinoSession"]

ENGINES = ("onnxruntime", "openvino")


class OpenVinoSession:
    """Runs a graph with OpenVINO, as a session of ONNX Runtime does.

    Args:
        model: content of an ONNX file.
        threads: batches computed side by side.

    Raises:
        MissingPackageError: OpenVINO is not installed.
    """

    def __init__(self, model: bytes, threads: int) -> None:
        openvino: Any = need("openvino", "pipelines with engine='openvino'")
        core = openvino.Core()
        # One stream a batch; and single precision, where some processors would round to half.
        settings = {
            "INFERENCE_PRECISION_HINT": "f32",
            "NUM_STREAMS": threads,
            "INFERENCE_NUM_THREADS": threads,
        }
        self._model = core.compile_model(core.read_model(model, b""), "CPU", settings)
        self._places = {output.any_name: at for at, output in enumerate(self._model.outputs)}
        self._requests = threading.local()

    def run(self, names: Sequence[str] | None, feed: Mapping[str, np.ndarray]) -> list[np.ndarray]:
        """Return outputs of the graph.

        Args:
            names: their names; None returns all.
            feed: the inputs by name.
        """
        request = getattr(self._requests, "one", None)
        if request is None:
            request = self._requests.one = self._model.create_infer_request()
        request.infer(dict(feed), share_inputs=True)
        places = self._places.values() if names is None else [self._places[name] for name in names]
        # A copy: the next batch is written to the same place.
        return [request.get_output_tensor(at).data.copy() for at in places]
