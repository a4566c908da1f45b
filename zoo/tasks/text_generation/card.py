"""What the card of a language model says."""

from __future__ import annotations

import shlex
import textwrap
import warnings
from collections.abc import Mapping
from typing import Any

from zoo.common.beside import beside_baselines
from zoo.common.escape import Markdown, quoted
from zoo.datasets import DataSet, dataset_named
from zoo.formats import Checkpoint
from zoo.interfaces import CardPart
from zoo.networks.recurrent.graph import state_size
from zoo.tasks.text_generation.examples import JOINED, prompts_of
from zoo.tasks.text_generation.pipeline import TextGenerationPipeline

__all__ = ["card", "titles"]

_SNIPPET = """\
tokenizer = Tokenizer.from_file("assets/tokenizer/tokenizer.json")
tokenizer.encode_special_tokens = True  # "[PAD]" in a text is text
fed, written = [2, *tokenizer.encode(%s).ids], []  # the end of a line before the text
state = np.zeros((1, %d), np.float32)
session = onnxruntime.InferenceSession("onnx/model.onnx")
while len(written) < %d:
    scores, state = session.run(
        ["log_probabilities", "next_state"],
        {"token_ids": np.array([fed], np.int32), "state": state},
    )
    # Neither padding nor what is unknown, nor what no token stands for.
    fed = [2 + int(scores[0, -1, 2 : tokenizer.get_vocab_size()].argmax())]
    written += fed
%s"""
# Figures by the unit, the first one that of the card's head; what each is called, and its digits.
METRICS = {"words": ("perplexity",), "characters": ("nats_per_character", "bits_per_character")}
_CALLED = {
    "perplexity": "perplexity",
    "nats_per_character": "nats per character",
    "bits_per_character": "bits per character",
}
_DIGITS = {"words": 2, "characters": 4}
# Tokens of the samples, and how they are drawn: as it is, and more and less boldly.
_LONG, _SHORT = {"words": 60, "characters": 300}, 20
_TEMPERATURE, _OTHERS, _SEED = 0.8, (0.5, 1.0), 1


def card(source: Checkpoint) -> CardPart:
    """Return what the card of a checkpoint says.

    Args:
        source: a verified checkpoint.
    """
    info, unit = source.info, source.preprocessor.unit
    dataset = dataset_named(info.dataset.name) if info.dataset else None
    prompt = prompts_of(info, unit)[0]
    size = state_size(source.backbone)
    metrics = METRICS[unit]
    return CardPart(
        template="tasks/text_generation/card.md.jinja",
        snippet=_SNIPPET % (quoted(prompt), size, _SHORT, JOINED[unit]),
        remark="What is above writes the likeliest token every time, as `zoo.pipeline` does with "
        "`temperature=0`; usually it draws one by its probability. `log_probabilities` of a text "
        "that is there already say how likely it is.",
        metrics=metrics,
        validation=metrics[:1],
        languages=list(dataset.languages) if dataset and dataset.languages else "en",
        tags=(info.architecture, "rnn", "keras", "onnx", "language-model"),
        context=lambda address: _context(source, address, prompt, dataset),
    )


def _context(
    source: Checkpoint, address: str, prompt: str, dataset: DataSet | None
) -> Mapping[str, Any]:
    info, unit = source.info, source.preprocessor.unit
    name, digits = METRICS[unit][0], _DIGITS[unit]
    write, count = TextGenerationPipeline(source), _LONG[unit]

    def sample(temperature: float) -> str:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of a prompt of nothing in particular
            found = write(prompt, max_new_tokens=count, temperature=temperature, seed=_SEED)
        text: str = found[0]["generated_text"]
        return text

    asked = f"{quoted(prompt)}, max_new_tokens={count}, temperature={_TEMPERATURE}, seed={_SEED}"
    beside = ""
    if dataset:
        beside = beside_baselines(
            info, dataset.baselines, _CALLED, lower=METRICS[unit], digits=digits
        )
    own = "that of the data set"
    return {
        "prompt": prompt,
        # A line, as one types it.
        "shell_prompt": Markdown(shlex.quote(prompt.strip().partition("\n")[0])),
        "unit": unit,
        "count": count,
        "seed": _SEED,
        "snippet": Markdown(
            f'write = zoo.pipeline({quoted(address)})\nprint(write({asked})[0]["generated_text"])'
        ),
        "answer": sample(_TEMPERATURE),
        "samples": {temperature: sample(temperature) for temperature in _OTHERS},
        "label": _CALLED[name],
        "figure": f"{{:.{digits}f}}".format,
        "validation": ", ".join(
            f"{_CALLED[key]} {value:.{digits}f}"
            for key, value in (info.training.validation if info.training else {}).items()
            if key in _CALLED
        ),
        "test": Markdown(dataset.meanings.get("test", own) if dataset else own),
        "beside": Markdown(textwrap.fill(beside, 100, break_on_hyphens=False)),
    }


def titles(source: Checkpoint) -> dict[str, str]:
    """Return the titles of the pictures that the card of an entry may show, by file name.

    Args:
        source: the entry's checkpoint.
    """
    name = source.info.name
    return {
        f"{name}-surprise.png": "How little the tokens of the test part were expected",
        f"{name}-cells.png": "Single cells that follow something in the text",
    }
