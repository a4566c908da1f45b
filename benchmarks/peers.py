"""A way to ask a classifier, in a process of its own: `python -m benchmarks.peers WAY ENTRY DIR`.

Started by `benchmarks.compare`, which tells it on standard input, a line each, what to do next, so
that the ways take turns and none waits in another's threads. It answers a line of JSON each.

Every way is given raw texts. Those without a preprocessor of their own are given the ids of the
tokenizers library, sorted by length and padded in batches of the size that is fastest for them.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

START = time.perf_counter()
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np  # noqa: E402  after the clock has started

from zoo.benching.worker import peak_memory  # noqa: E402

__all__ = ["WAYS"]

SIZES = (8, 16, 32, 64, 128)
Ask = Callable[[Sequence[str]], np.ndarray]
Batch = Callable[[np.ndarray, np.ndarray], np.ndarray]  # ids and lengths to probabilities


class Batches:
    """Answers texts by a function of padded batches, with the library's own tokenizer."""

    def __init__(self, name: str, classes: int, compute: Batch, multiple: int = 1) -> None:
        from zoo import registry
        from zoo.text.encoding import parse_tokenizer

        source = registry.read(name)
        self.tokenizer = parse_tokenizer(source.tokenizer, source.backbone.vocabulary_size)
        self.head, self.tail = source.preprocessor.head_length, source.preprocessor.tail_length
        self.compute, self.classes, self.multiple, self.size = compute, classes, multiple, 32

    def answer(
        self, found: np.ndarray, rows: np.ndarray, ids: np.ndarray, lengths: np.ndarray
    ) -> None:
        """Fill in the probabilities of some rows, at once or until `finish` returns."""
        found[rows] = self.compute(ids, lengths)

    def finish(self) -> None:
        """Wait for what `answer` has begun."""

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        sequences = []
        for encoding in self.tokenizer.encode_batch_fast(list(texts)):
            ids = np.array(encoding.ids, np.int32)
            if len(ids) > self.head + self.tail:
                ids = np.concatenate([ids[: self.head], ids[-self.tail :]])
            sequences.append(ids)
        lengths = np.array(list(map(len, sequences)), np.int32)
        order = np.argsort(lengths, kind="stable")
        found = np.empty((len(texts), self.classes), np.float32)
        for start in range(0, len(order), self.size):
            rows = order[start : start + self.size]
            longest = -(-int(lengths[rows[-1]]) // self.multiple) * self.multiple
            ids = np.zeros((len(rows), longest), np.int32)
            for at, row in enumerate(rows):
                ids[at, : lengths[row]] = sequences[row]
            self.answer(found, rows, ids, lengths[rows])
        self.finish()
        return found


def zoo_pipeline(name: str, folder: Path) -> tuple[Ask, Any]:
    import zoo

    pipeline = zoo.pipeline(name)
    return pipeline.predict_proba, _zoo_step(pipeline)


def _zoo_step(pipeline: Any) -> Any:
    from zoo import InputError

    try:
        steps = pipeline.session()._stream._steps
    except InputError:
        return None
    state = steps.zeros(1)

    def step(token: int) -> None:
        nonlocal state
        state = steps.step(state, np.array([token]))
        steps.probabilities(state)

    return step


def zoo_openvino(name: str, folder: Path) -> tuple[Ask, Any]:
    import zoo

    return zoo.pipeline(name, engine="openvino").predict_proba, None


def zoo_int8(name: str, folder: Path) -> tuple[Ask, Any]:
    import dataclasses

    from zoo import registry
    from zoo.pipelines import make_pipeline

    content = (folder / f"{name}.int8.onnx").read_bytes()
    source = dataclasses.replace(registry.read(name), graphs={"onnx/model.onnx": content})
    return make_pipeline(source).predict_proba, None


def keras_predict(name: str, folder: Path) -> tuple[Ask, Any]:
    import zoo

    model = zoo.load(name)
    return lambda texts: model.predict(list(texts), verbose=0), None


def keras_compiled(name: str, folder: Path) -> tuple[Ask, Any]:
    import keras

    import zoo

    model = zoo.load(name)
    classes, step = len(model.info.labels), _keras_step(model)

    def arrays(ids: np.ndarray, lengths: np.ndarray) -> dict[str, np.ndarray]:
        return {"token_ids": ids, "padding_mask": np.arange(ids.shape[1]) < lengths[:, None]}

    if keras.backend.backend() == "jax":
        import jax

        weights = [v.value for v in model.trainable_variables]
        others = [v.value for v in model.non_trainable_variables]
        call = jax.jit(lambda x: model.stateless_call(weights, others, x, training=False)[0])

        # Every shape is compiled anew: few lengths, and whole batches.
        def compute(ids: np.ndarray, lengths: np.ndarray) -> np.ndarray:
            rows = len(ids)
            if rows < ask.size:
                more = ask.size - rows if rows > 1 else 0
                ids = np.pad(ids, ((0, more), (0, 0)))
                lengths = np.pad(lengths, (0, more), constant_values=1)
            return np.asarray(call(arrays(ids, lengths)))[:rows]

        ask = Batches(name, classes, compute, multiple=64)
        return ask, step
    import tensorflow as tf

    signature = {
        "token_ids": tf.TensorSpec((None, None), tf.int32),
        "padding_mask": tf.TensorSpec((None, None), tf.bool),
    }
    call = tf.function(lambda x: model(x, training=False), input_signature=[signature])
    return Batches(name, classes, lambda *given: call(arrays(*given)).numpy()), step


def _keras_step(model: Any) -> Any:
    """Return what takes in a token by the cells of a model's layers, compiled as a whole."""
    import keras
    from keras import ops

    from zoo.networks.recurrent.spec import RecurrentBackboneSpec

    spec, inside = model.backbone.spec, list(model.backbone._flatten_layers())
    if type(spec) is not RecurrentBackboneSpec or spec.bidirectional:
        return None
    layers = [layer for layer in inside if isinstance(layer, keras.layers.RNN)]
    (embedding,) = (layer for layer in inside if isinstance(layer, keras.layers.Embedding))
    (head,) = (layer for layer in model.layers if isinstance(layer, keras.layers.Dense))
    pooled = len(model.spec.pooling)

    def read(token: Any, states: Any) -> Any:
        x, after = embedding(token), []
        for layer, own in zip(layers, states, strict=True):
            x, new = layer.cell(x, own)
            after.append(new)
        return ops.softmax(head(ops.concatenate([x] * pooled, axis=-1))), after

    state = [layer.cell.get_initial_state(batch_size=1) for layer in layers]
    if keras.backend.backend() == "jax":
        import jax

        compiled = jax.jit(read)
    else:
        import tensorflow as tf

        compiled = tf.function(read)

    def step(token: int) -> None:
        nonlocal state
        scores, state = compiled(np.array([token], np.int32), state)
        np.asarray(scores)

    return step


def torch_layers(name: str, folder: Path) -> tuple[Ask, Any]:
    import torch

    from zoo import registry

    source = registry.read(name)
    spec, head = source.backbone, source.head
    kind = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "simple_rnn": torch.nn.RNN}[spec.cell]
    embedding = torch.nn.Embedding(spec.vocabulary_size, spec.embedding_dim)
    layer = kind(
        spec.embedding_dim,
        spec.units,
        spec.num_layers,
        batch_first=True,
        bidirectional=spec.bidirectional,
    )
    classifier = torch.nn.Linear(spec.features * len(head.pooling), head.num_classes)
    whole = torch.nn.ModuleDict({"embedding": embedding, "rnn": layer, "classifier": classifier})
    with np.load(folder / f"{name}.npz") as arrays:
        whole.load_state_dict({key: torch.from_numpy(arrays[key]) for key in arrays})
    whole.eval()

    @torch.inference_mode()
    def compute(ids: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        packed = torch.nn.utils.rnn.pack_padded_sequence(
            embedding(torch.from_numpy(ids)),
            torch.from_numpy(lengths.astype(np.int64)),
            batch_first=True,
            enforce_sorted=False,
        )
        states, long = torch.nn.utils.rnn.pad_packed_sequence(layer(packed)[0], batch_first=True)
        inside = torch.arange(states.shape[1]) < long[:, None]
        pooled = {
            "mean": lambda: states.sum(1) / long[:, None],
            "max": lambda: states.masked_fill(~inside[..., None], -torch.inf).amax(1),
        }
        read = torch.cat([pooled[kind]() for kind in head.pooling], 1)
        return classifier(read).softmax(1).numpy()

    state = None

    @torch.inference_mode()
    def step(token: int) -> None:
        nonlocal state
        x, state = layer(embedding(torch.tensor([[token]])), state)
        classifier(torch.cat([x[:, 0]] * len(head.pooling), 1)).softmax(1)

    return Batches(name, head.num_classes, compute), None if spec.bidirectional else step


def plain_onnx(name: str, folder: Path) -> tuple[Ask, Any]:
    import onnxruntime

    from zoo import registry

    session = onnxruntime.InferenceSession(
        (folder / f"{name}.onnx").read_bytes(), providers=["CPUExecutionProvider"]
    )

    def compute(ids: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        return session.run(None, {"token_ids": ids, "lengths": lengths})[0]

    return Batches(name, len(registry.read(name).info.labels), compute), None


def openvino(name: str, folder: Path) -> tuple[Ask, Any]:
    import openvino

    from zoo import registry

    core = openvino.Core()
    settings = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "THROUGHPUT"}
    model = core.compile_model(str(folder / f"{name}.onnx"), "CPU", settings)
    classes = len(registry.read(name).info.labels)

    queue = openvino.AsyncInferQueue(model)

    def fill(request: Any, place: tuple[np.ndarray, np.ndarray]) -> None:
        found, rows = place
        found[rows] = request.get_output_tensor(0).data

    queue.set_callback(fill)

    class Queued(Batches):
        """As many batches at once as the model has streams for."""

        def answer(self, found: Any, rows: Any, ids: Any, lengths: Any) -> None:
            queue.start_async({"token_ids": ids, "lengths": lengths}, (found, rows))

        def finish(self) -> None:
            queue.wait_all()

    return Queued(name, classes, lambda *_: np.empty(0)), None


# Each with the backend of Keras that it takes, if any.
WAYS: dict[str, tuple[Callable[[str, Path], tuple[Any, Any]], str | None]] = {
    "zoo": (zoo_pipeline, None),
    "zoo, OpenVINO": (zoo_openvino, None),
    "zoo, int8": (zoo_int8, None),
    "Keras predict, TensorFlow": (keras_predict, "tensorflow"),
    "Keras predict, JAX": (keras_predict, "jax"),
    "tf.function": (keras_compiled, "tensorflow"),
    "jax.jit": (keras_compiled, "jax"),
    "torch": (torch_layers, None),
    "ONNX Runtime": (plain_onnx, None),
    "OpenVINO": (openvino, None),
}


def _timed(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def main() -> None:
    way, name, place = sys.argv[1:]
    folder = Path(place)
    texts = json.loads((folder / "texts.json").read_text(encoding="utf-8"))
    answers = sys.stdout
    sys.stdout = sys.stderr
    try:
        ask, step = WAYS[way][0](name, folder)
        ask(texts[:1])
    except Exception as error:  # of any library: it is told, and the others go on
        print(json.dumps({"error": f"{type(error).__name__}: {error}"[:300]}), file=answers)
        return
    ready = {"first": time.perf_counter() - START, "step": step is not None}
    print(json.dumps(ready), file=answers, flush=True)
    for line in sys.stdin:
        case, count = json.loads(line)
        print(json.dumps(measure(ask, step, case, texts[:count], count)), file=answers, flush=True)


def measure(ask: Any, step: Any, case: str, texts: list[str], count: int) -> dict[str, Any]:
    """Return what one case comes to."""
    if case == "tune":
        if not hasattr(ask, "size"):
            return {"size": None}
        sizes = {}
        for size in SIZES:
            ask.size = size
            ask(texts)  # what is compiled for a shape is compiled here
            sizes[size] = _timed(lambda: ask(texts))
        ask.size = min(sizes, key=sizes.__getitem__)
        return {"size": ask.size}
    if case == "texts":
        return {"seconds": _timed(lambda: ask(texts))}
    if case == "one":
        return {"seconds": float(np.median([_timed(lambda t=t: ask([t])) for t in texts]))}
    if case == "step":
        tokens = [at % 1000 + 3 for at in range(count)]
        return {"seconds": float(np.median([_timed(lambda t=t: step(t)) for t in tokens]))}
    if case == "answers":
        return {"answers": np.asarray(ask(texts), np.float64).tolist()}
    return {"memory": peak_memory()}


if __name__ == "__main__":
    main()
