"""What a card says of the copies for other readers: Keras, KerasHub and ONNX Runtime."""

from __future__ import annotations

from zoo.common.escape import Markdown, templates
from zoo.formats import Checkpoint
from zoo.hub.onnx_files import OnnxFile

__all__ = ["render_readers"]

# KerasHub's class of a task, where it has one.
_HUB_CLASSES = {"text-classification": "TextClassifier", "translation": "Seq2SeqLM"}

_SNIPPETS = {
    "text-classification": """\
tokenizer = Tokenizer.from_file("assets/tokenizer/tokenizer.json")
tokenizer.encode_special_tokens = True  # "[PAD]" in a text is text
ids = tokenizer.encode("A moving, beautifully acted film.").ids
session = onnxruntime.InferenceSession("onnx/model.onnx")
session.run(
    ["probabilities"],
    {"token_ids": np.array([ids], np.int32), "lengths": np.array([len(ids)], np.int32)},
)""",
    "translation": """\
tokenizer = Tokenizer.from_file("assets/source_tokenizer/tokenizer.json")
tokenizer.encode_special_tokens = True  # "[PAD]" in a sentence is text
ids = np.array([[*tokenizer.encode("%s").ids, 3]], np.int32)
encoder = onnxruntime.InferenceSession("onnx/encoder.onnx")
values, keys, state = encoder.run(
    ["values", "keys", "state"],
    {"token_ids": ids, "lengths": np.array([ids.shape[1]], np.int32)},
)
step = onnxruntime.InferenceSession("onnx/decoder_step.onnx")
fixed = {"values": values, "keys": keys, "mask": ids != 0}
token, fed, written = 2, np.zeros((1, %d), np.float32), []
while token != 3 and len(written) < %d:
    scores, state, fed = step.run(
        ["log_probabilities", "next_state", "output"],
        {"token_ids": np.array([token], np.int32), "state": state, "fed": fed, **fixed},
    )
    token = int(scores.argmax())
    written.append(token)
Tokenizer.from_file("assets/tokenizer/tokenizer.json").decode(written).strip()""",
    "time-series-forecasting": """\
session = onnxruntime.InferenceSession("onnx/model.onnx")
series = np.zeros((1, 1000, %d), np.float32)  # yours
state = np.zeros((1, %d), np.float32)
forecasts, state = session.run(["forecasts", "next_state"], {"series": series, "state": state})
for _ in range(10):  # on from its end, freely
    feed = {"series": forecasts[:, -1:], "state": state}
    forecasts, state = session.run(["forecasts", "next_state"], feed)""",
    "time-series-classification": """\
session = onnxruntime.InferenceSession("onnx/model.onnx")
series = np.zeros((1, 20, %d), np.float32)  # yours
session.run(["probabilities"], {"series": series, "lengths": np.array([20], np.int32)})""",
}


def _snippet(loaded: Checkpoint, sentence: str) -> str:
    snippet, backbone = _SNIPPETS[loaded.info.task], loaded.backbone
    match loaded.info.task:
        case "translation":
            most = loaded.preprocessor.target_length - 1
            return snippet % (sentence, backbone.embedding_dim, most)
        case "time-series-forecasting":
            return snippet % (backbone.channels, backbone.units)
        case "time-series-classification":
            return snippet % backbone.channels
    return snippet


def _remark(loaded: Checkpoint) -> str:
    spec = loaded.preprocessor
    match loaded.info.task:
        case "text-classification":
            most = spec.head_length + spec.tail_length
            tail = f" and its last {spec.tail_length}" if spec.tail_length else ""
            return (
                f"A text of more than {most} tokens keeps its first {spec.head_length}{tail}; "
                "with such texts cut, the answers are those of `zoo.pipeline`."
            )
        case "translation":
            return (
                f"A source of more than {spec.source_length} tokens keeps its first "
                f"{spec.source_length - 1} and the end token. What is above is greedy search; "
                "`zoo.pipeline` searches with five beams."
            )
    return "The graph computes in float32, `zoo.pipeline` in float64."


def render_readers(
    loaded: Checkpoint, files: list[OnnxFile], repo_id: str | None, sentence: str = ""
) -> Markdown:
    """Return the section of a card on other readers, in Markdown.

    Args:
        loaded: a verified checkpoint.
        files: its ONNX files.
        repo_id: the repository that the card is for; None leaves out what needs its name.
        sentence: a sentence of the source language, of a translator.

    Example:
        >>> from zoo import checkpoint, registry
        >>> from zoo.hub.onnx_files import onnx_files
        >>> loaded = checkpoint.read(registry.resolve("lstm-imdb"))
        >>> render_readers(loaded, onnx_files(loaded), "user/repo").splitlines()[0]
        '## Other readers'
    """
    environment = templates().overlay(trim_blocks=True)
    section = environment.get_template("readers.md.jinja").render(
        repo_id=repo_id,
        hub_class=_HUB_CLASSES.get(loaded.info.task),
        tokenizer=bool(loaded.assets),
        snippet=Markdown(_snippet(loaded, sentence)),
        tables=[
            (
                file.name,
                [
                    (kind, tensor, Markdown(tensor.meaning))
                    for kind, tensors in (("input", file.inputs), ("output", file.outputs))
                    for tensor in tensors
                ],
            )
            for file in files
        ],
        remark=Markdown(_remark(loaded)),
    )
    return Markdown(section)
