"""Where the time of a batch of raw texts goes, on one core."""

from __future__ import annotations

import json
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

import zoo
from zoo import registry
from zoo.graphs.session import batches_by_length
from zoo.tasks.text_classification.graph import text_classifier_graph
from zoo.text.encoding import pad

__all__ = ["budget"]

# What the operators of a graph do, by their names in the profile.
PARTS = {
    "products of matrices": ("MatMul", "Gemm", "FusedMatMul", "FusedGemm"),
    "convolutions": ("Conv", "FusedConv"),
    "embedding": ("Gather", "Cast"),
    "pooling": ("ReduceSum", "ReduceMax", "Where", "Div", "Sqrt"),
}


# Nodes within the loop of a Scan, whose time is that of the Scan too.
_NESTED = ("/carried", "/sum", "/after", "/kept")


def _part(operator: str, node: str, recurrent: bool) -> str:
    if recurrent and node.startswith("layer_"):
        return "recurrent layers"
    for part, operators in PARTS.items():
        if operator in operators:
            return part
    return "other operators"


def budget(name: str, texts: list[str], batch_size: int = 8) -> dict[str, float]:
    """Measure what a pipeline does with texts, step by step and one batch after another.

    Args:
        name: an entry of the task text-classification.
        texts: raw texts.
        batch_size: texts of a batch.

    Returns:
        Seconds by part, the slowest first.
    """
    source: Any = registry.read(name)
    pipeline: Any = zoo.pipeline(name, threads=1)
    pipeline.predict_proba(texts[:64])
    seconds: Counter[str] = Counter()
    start = time.perf_counter()
    sequences, cut = pipeline._encode.with_cuts(texts)
    seconds["tokenising"] = time.perf_counter() - start
    start = time.perf_counter()
    pipeline._doubts(sequences, cut, 0)
    seconds["checks for warnings"] = time.perf_counter() - start
    lengths = np.array(list(map(len, sequences)), np.int32)
    with tempfile.TemporaryDirectory() as folder:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.enable_profiling = True
        options.profile_file_prefix = str(Path(folder) / "profile")
        session = onnxruntime.InferenceSession(text_classifier_graph(source), options)
        for rows in batches_by_length(lengths, batch_size):
            start = time.perf_counter()
            feed = {"token_ids": pad([sequences[row] for row in rows]), "lengths": lengths[rows]}
            seconds["padding"] += time.perf_counter() - start
            session.run(None, feed)
        profile = json.loads(Path(session.end_profiling()).read_text(encoding="utf-8"))
    for event in profile:
        node = event["name"].removesuffix("_kernel_time")
        if event.get("cat") != "Node" or node == event["name"] or node.endswith(_NESTED):
            continue
        seconds[_part(event["args"]["op_name"], node, source.backbone.recurrent)] += (
            event["dur"] / 1e6
        )
    return dict(seconds.most_common())
