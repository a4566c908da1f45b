"""Text generation: the time of a token by the pipeline, Keras' own `generate` and native torch.

    python benchmarks/generation.py [--entry lstm-ptb] [--tokens 1000] [--runs 5] [--cores 1]

All go on with one prompt by as many tokens, drawn at the same temperature from the same network
with the same weights, on the same cores, and take turns after one uncounted run of each. Torch runs
its own LSTM or GRU step by step, as one writes it: embedding, layers or cells, product with the
table, `softmax`, `multinomial`. Loading and compiling are not counted. Printed are the medians of a
token, on the clock and of the processor, each with its ratio to the pipeline's; the same of the
text's scoring; and how far the log-probabilities of what the pipeline has written differ between
pipeline and torch.

Needs torch beside what the zoo needs; without it its rows are left out.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

import zoo
from zoo import checkpoint, registry
from zoo.formats import Checkpoint
from zoo.networks.recurrent.spec import CELL_GATES, rnn_prefixes
from zoo.text.language import END

# Where torch's gates stand among Keras': an LSTM's i, f, g, o of i, f, c, o; a GRU's r, z, n of
# z, r, h.
_GATES = {"lstm": (0, 1, 2, 3), "gru": (1, 0, 2), "simple_rnn": (0,)}
_TEMPERATURE = 0.8


def torch_writer(
    source: Checkpoint, cores: int, *, cells: bool
) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Return what writes tokens with torch, and what returns the log-probabilities of some.

    Args:
        source: the checkpoint.
        cores: threads that torch computes with.
        cells: whether a step is that of torch's cells, layer by layer, without oneDNN, which packs
            the weights anew at every step; else that of its layers, as they are.
    """
    import torch
    from torch import nn
    from torch.nn import functional

    torch.set_num_threads(cores)
    spec, tensors = source.backbone, source.tensors
    kinds = {"lstm": "LSTM", "gru": "GRU", "simple_rnn": "RNN"}
    layers = getattr(nn, kinds[spec.cell])(
        spec.embedding_dim, spec.units, spec.num_layers, batch_first=True
    )

    def tensor(name: str) -> torch.Tensor:
        return torch.from_numpy(np.ascontiguousarray(tensors[name], np.float32))

    stack = []
    for index, (prefix,) in enumerate(rnn_prefixes(spec)):
        for ours, theirs in (("kernel", "ih"), ("recurrent_kernel", "hh")):
            set_(getattr(layers, f"weight_{theirs}_l{index}"), gates(spec, tensors, prefix, ours).T)
        biases = gates(spec, tensors, prefix, "bias")
        first, second = biases if biases.ndim == 2 else (biases, np.zeros_like(biases))
        set_(getattr(layers, f"bias_ih_l{index}"), first)
        set_(getattr(layers, f"bias_hh_l{index}"), second)
        size = spec.units if index else spec.embedding_dim
        cell = getattr(nn, f"{kinds[spec.cell]}Cell")(size, spec.units)
        for name, value in cell.named_parameters():
            set_(value, getattr(layers, f"{name}_l{index}").detach().numpy())
        stack.append(cell.eval())
    layers.eval()
    table, bias = tensor("token_embedding/embeddings"), tensor("logits/bias")
    bias[0] = -1e4
    weight = table if source.head.tied else tensor("logits/kernel").T.contiguous()
    projection = None
    if "projection/kernel" in tensors:
        projection = tensor("projection/kernel").T.contiguous()

    def logits_of(states: torch.Tensor) -> torch.Tensor:
        states = states if projection is None else functional.linear(states, projection)
        return functional.linear(states, weight, bias)

    def by_layers(token: torch.Tensor, state: Any) -> tuple[torch.Tensor, Any]:
        states, state = layers(functional.embedding(token[None], table), state)
        return logits_of(states[0, -1]), state

    def by_cells(token: torch.Tensor, state: Any) -> tuple[torch.Tensor, Any]:
        read, after = functional.embedding(token, table), []
        for cell, before in zip(stack, state or [None] * len(stack), strict=True):
            after.append(cell(read, before))
            read = after[-1][0] if spec.cell == "lstm" else after[-1]
        return logits_of(read[0]), after

    take = by_cells if cells else by_layers

    @torch.inference_mode()
    def write(ids: np.ndarray, count: int) -> list[int]:
        torch.backends.mkldnn.enabled = not cells
        state: Any = None
        for token in torch.from_numpy(ids):
            logits, state = take(token[None], state)
        written = []
        for _ in range(count):
            logits[1] = -torch.inf  # the unknown token is not written
            token = torch.multinomial(torch.softmax(logits / _TEMPERATURE, -1), 1)
            written.append(int(token))
            logits, state = take(token, state)
        return written

    @torch.inference_mode()
    def score(ids: np.ndarray) -> np.ndarray:
        state, scores = None, []
        for token, follows in zip(torch.from_numpy(ids[:-1]), ids[1:], strict=True):
            logits, state = take(token[None], state)
            scores.append(float(torch.log_softmax(logits, -1)[follows]))
        return np.array(scores)

    return write, score


def gates(spec: Any, tensors: Mapping[str, np.ndarray], prefix: str, name: str) -> np.ndarray:
    """Return a weight of a cell with its gates in torch's order, Keras' last axis still."""
    parts = np.split(tensors[f"{prefix}/{name}"], CELL_GATES[spec.cell], axis=-1)
    return np.concatenate([parts[gate] for gate in _GATES[spec.cell]], axis=-1)


def set_(parameter: Any, value: np.ndarray) -> None:
    """Give a parameter of torch its weights."""
    import torch

    with torch.no_grad():
        parameter.copy_(torch.from_numpy(np.ascontiguousarray(value, np.float32)))


def timed(runner: Callable[[], Any]) -> tuple[float, float]:
    """Return the seconds that a call takes, and those of the processor."""
    start, begun = time.perf_counter(), time.process_time()
    runner()
    return time.perf_counter() - start, time.process_time() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--entry", default="lstm-ptb")
    parser.add_argument("--tokens", type=int, default=1_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--cores", type=int, default=1)
    arguments = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: arguments.cores])
    count, source = arguments.tokens, checkpoint.read(registry.resolve(arguments.entry))
    pipe = zoo.pipeline(arguments.entry, threads=arguments.cores)
    prompt = "the " if pipe.encoder.unit == "words" else "The "
    begun = np.concatenate([[END], pipe.encoder.encode(prompt)]).astype(np.int64)
    options = {"max_new_tokens": count, "temperature": _TEMPERATURE}
    runners: dict[str, Callable[[], Any]] = {
        "pipeline": lambda: pipe(prompt, **options),
        "pipeline, top_k=40": lambda: pipe(prompt, top_k=40, **options),
        "pipeline, top_p=0.9": lambda: pipe(prompt, top_p=0.9, **options),
        "session": lambda: list(pipe.stream(prompt, **options)),
        "pipeline, 8 texts": lambda: pipe(prompt, num_return_sequences=8, **options),
    }
    text = pipe(prompt, seed=1, **options)[0]["generated_text"]
    ids, ours = pipe.score_tokens(text)
    for name, cells in (("torch, layers", False), ("torch, cells", True)):
        try:
            write, score = torch_writer(source, arguments.cores, cells=cells)
        except ImportError:
            print("torch is not installed: it is left out", file=sys.stderr)
            break
        runners[name] = partial(write, begun, count)
        theirs = score(np.concatenate([[END], ids]).astype(np.int64))
        difference = np.abs(ours - theirs).max()
        print(f"{name}: largest difference of log-probabilities {difference:.1e}", flush=True)
    import keras_hub

    model = zoo.load(arguments.entry)
    model.compile(sampler=keras_hub.samplers.RandomSampler(temperature=_TEMPERATURE))
    runners["Keras generate"] = lambda: model.generate(prompt, max_length=len(begun) + count)
    runners["score, the same text"] = lambda: pipe.log_likelihood(text)
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in runners}
    for run in range(arguments.runs + 1):
        for name, runner in runners.items():
            took = timed(runner)
            if run:
                seconds[name].append(took)
    print(f"{'us a token':22s} {'wall':>10s} {'ratio':>6s} {'processor':>10s} {'ratio':>6s}")
    base: list[float] = []
    for name, values in seconds.items():
        number = 8 * count if name.endswith("8 texts") else count
        each = [1e6 * statistics.median(some) / number for some in zip(*values, strict=True)]
        base = base or each
        cells = (f"{one:10.1f} {one / of:6.2f}" for one, of in zip(each, base, strict=True))
        print(f"{name:22s}", *cells)


if __name__ == "__main__":
    main()
