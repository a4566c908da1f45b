"""What the tests of several tasks of pairs of texts share."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from zoo.common.testing import Damage, Streamed
from zoo.formats import CONFIG, WEIGHTS
from zoo.schema import Licenses

__all__ = [
    "DAMAGES",
    "RATES",
    "RECIPE",
    "REFUSED",
    "SIZES",
    "Asking",
    "backbone_of",
    "file_of",
    "preprocessor_of",
    "random_weights",
    "table_of",
]

# Of tiny networks.
SIZES = {"embedding_dim": 8, "encoder_units": 5, "decoder_units": 6, "attention_units": 4}
RATES = {
    "word_dropout": 0.1,
    "embedding_dropout": 0.1,
    "encoder_dropout": 0.1,
    "recurrent_dropout": 0.1,
    "output_dropout": 0.1,
}
# What recipes of such networks say beside what is peculiar to a task.
RECIPE: dict[str, Any] = {
    "name": "own",
    "method": "Cross-entropy.",
    "licenses": Licenses(weights="apache-2.0", data="mine"),
    "papers": (),
    "source_length": 12,
    "target_length": 12,
    "backbone": SIZES,
    "buckets": (12,),
    "batch_size": 5,
    "epochs": 1,
    "patience": 1,
    "learning_rate": 0.05,
    "warmup": 0.1,
    "final_rate": 0.1,
    "weight_decay": 0.0,
    "clipnorm": 1.0,
    "label_smoothing": 0.0,
    "average_decay": 0.5,
    "seed": 1,
}
REFUSED: list[tuple[Any, str]] = [
    ([], "at least one"),
    ([1], "strings"),
    ([None], "strings"),
    (["\ud800"], "UTF-8"),
]


def backbone_of(config: Any) -> Any:
    """Return the part of a model's configuration that says what its network is."""
    return config["config"]["backbone"]["config"]


def preprocessor_of(config: Any) -> Any:
    """Return the part of a model's configuration that says how texts are read."""
    return config["config"]["preprocessor"]["config"]


# Those of every encoder-decoder; each task has others of its vocabularies.
DAMAGES = {
    "units": Damage(CONFIG, lambda c: backbone_of(c).update(encoder_units=3), "disagree"),
    "argument": Damage(CONFIG, lambda c: backbone_of(c).update(units=3), "units"),
    "tokenizer": Damage(
        CONFIG, lambda c: preprocessor_of(c).update(source_tokenizer=None), "'source_tokenizer'"
    ),
    "length": Damage(CONFIG, lambda c: preprocessor_of(c).update(target_length=1), "target_length"),
    "class": Damage(CONFIG, lambda c: c.update(class_name="Lambda"), "Lambda"),
    "tensor": Damage(WEIGHTS, lambda t: t.pop("bridge/bias"), "bridge/bias"),
}


def random_weights(shapes: Mapping[str, tuple[int, ...]], seed: int) -> dict[str, np.ndarray]:
    """Return random weights that float16 holds exactly.

    Args:
        shapes: the shape of each by name.
        seed: of the weights.
    """
    generator = np.random.default_rng(seed)
    return {
        name: generator.normal(0, 0.7, shape).astype(np.float16).astype(np.float32)
        for name, shape in shapes.items()
    }


def table_of(
    folder: Path, columns: tuple[str, str], pairs: tuple[list[str], list[str]]
) -> tuple[Path, dict[str, str]]:
    """Write pairs as a table; return its file, and the options that name its columns.

    Args:
        folder: where to.
        columns: the names of both columns.
        pairs: texts, and what is to be written of each.
    """
    lines = ["\t".join(pair) for pair in (columns, *zip(*pairs, strict=True))]
    path = folder / "pairs.tsv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path, {"text_column": columns[0], "label_column": columns[1]}


def file_of(folder: Path, inputs: Sequence[str]) -> tuple[Path, Any, Callable[[Any], Any]]:
    """Write texts as a file of JSON lines; return it as `Cases.file` does.

    Args:
        folder: where to.
        inputs: the texts, to which an empty one is added.
    """
    texts, path = [*inputs, ""], folder / "texts.jsonl"
    rows = [{"text": text, "more": [1, None]} for text in texts]
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path, {"num_beams": 2}, lambda pipeline: pipeline.with_doubts(texts, num_beams=2)[0]


class Asking:
    """How the models and pipelines of a task are asked.

    Args:
        key: the name of what is written in a pipeline's answers.
        given: answers of which a model says how likely they are.
        spared: what pipelines warn of here, as a regular expression.
    """

    def __init__(self, key: str, given: Sequence[str], spared: str) -> None:
        self.key, self._given, self._spared = key, list(given), spared

    def _answers(self, texts: Sequence[str]) -> list[str]:
        return (self._given * len(texts))[: len(texts)]

    def model(self, model: Any, texts: Sequence[str]) -> list[Any]:
        """Do what `Cases.ask_model` does."""
        if not all(isinstance(text, str) for text in texts):
            return list(model.generate(texts))
        return [*model.generate(texts), np.asarray(model.score(texts, self._answers(texts)))]

    def pipeline(self, pipeline: Any, texts: Sequence[str]) -> list[Any]:
        """Do what `Cases.ask_pipeline` does."""
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", self._spared, UserWarning)
            answers = [answer[self.key] for answer in pipeline(texts, num_beams=1)]
            return [*answers, np.asarray(pipeline.score(texts, self._answers(texts))[0])]

    def example(self, value: Any, pipeline: Any, source: Any, code: str) -> tuple[Any, Any]:
        """Do what `Cases.example` does."""
        (text,) = re.findall(r'encode\("(.*?)"\)', code)
        return [value], [pipeline([text], num_beams=1)[0][self.key]]

    @property
    def streamed(self) -> Streamed:
        """How sessions of the task write."""
        return Streamed(
            begin=lambda pipeline, text: pipeline.session(text),
            pieces=lambda text, cuts: [None] * 40,
            joined=lambda pipeline, answers: "".join(filter(None, answers)),
            whole=lambda pipeline, text: pipeline([text], num_beams=1)[0][self.key],
            refused=("a text", "without an input"),
        )
