"""Python that asks the published ONNX files of an encoder-decoder, for cards."""

from __future__ import annotations

from zoo.formats import Checkpoint

__all__ = ["onnx_snippet"]

_SNIPPET = """\
tokenizer = Tokenizer.from_file("assets/source_tokenizer/tokenizer.json")
tokenizer.encode_special_tokens = True  # "[PAD]" in a {noun} is text
ids = np.array([[*{ids}, 3]], np.int32)
encoder = onnxruntime.InferenceSession("onnx/encoder.onnx")
values, keys, state = encoder.run(
    ["values", "keys", "state"],
    {{"token_ids": ids, "lengths": np.array([ids.shape[1]], np.int32)}},
)
step = onnxruntime.InferenceSession("onnx/decoder_step.onnx")
fixed = {{"values": values, "keys": keys, "mask": ids != 0}}
token, fed, written = 2, np.zeros((1, {dim}), np.float32), []
while token != 3 and len(written) < {most}:
    scores, state, fed = step.run(
        ["log_probabilities", "next_state", "output"],
        {{"token_ids": np.array([token], np.int32), "state": state, "fed": fed, **fixed}},
    )
    token = int(scores.argmax())
    written.append(token)
Tokenizer.from_file("assets/tokenizer/tokenizer.json").decode(written).strip()"""


def onnx_snippet(source: Checkpoint, noun: str, ids: str) -> str:
    """Return Python whose last line is the greedy answer to a text.

    Args:
        source: a verified checkpoint.
        noun: what a text is called.
        ids: Python that gives the token ids of the text, with `tokenizer` at hand.
    """
    return _SNIPPET.format(
        noun=noun,
        ids=ids,
        dim=source.backbone.embedding_dim,
        most=source.preprocessor.target_length - 1,
    )
