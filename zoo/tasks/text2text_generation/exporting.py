"""How exported spellers are asked, checked and described."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from zoo.formats import Checkpoint
from zoo.pairs.exporting import pair_exporting
from zoo.pairs.files import SOURCE_TOKENIZER
from zoo.tasks.text2text_generation.examples import examples_of
from zoo.tasks.text2text_generation.pipeline import LENGTH_PENALTY
from zoo.text.doubts import told_alone
from zoo.text.units import UnitEncoder, parse_units

__all__ = ["EXPORTING"]


def _encode(source: Checkpoint, texts: Sequence[str]) -> list[np.ndarray]:
    spec = source.preprocessor
    tokenizer = parse_units(
        source.assets[SOURCE_TOKENIZER],
        spec.source_vocabulary,
        source.backbone.source_vocabulary_size,
    )
    return UnitEncoder(tokenizer, spec.source_length)(texts)


def _before(source: Checkpoint) -> str:
    spec = source.preprocessor
    letters = spec.source_unit == "characters"
    units = "characters in lower case" if letters else "symbols between spaces"
    plain = (
        "a letter with a mark that it does not know as the plain letter before, and a curved "
        "apostrophe as the straight one"
        if letters
        else "a symbol that it does not know without the number at its end, or in the other case"
    )
    return (
        "`source_tokenizer.json`, read by the Hugging Face library `tokenizers`, turns a text into "
        f"the ids of its {units}, and the end token 3 follows them; set "
        "`encode_special_tokens`, or a text that spells a special token out becomes one. What the "
        f"model does not know has the id 1 and is left out; the zoo first tries to read {plain}. "
        f"Of more than {spec.source_length - 1} the first are kept. The rows of a batch "
        "are padded at the end with 0 to the longest, and `lengths` says how many tokens of each "
        "are its own."
    )


def _settings(source: Checkpoint) -> dict[str, Any]:
    spec = source.preprocessor
    plain = "plain letters" if spec.source_unit == "characters" else "plain symbols"
    kinds = ("nothing known", "left out", plain, "long units")
    return {
        "length": spec.source_length,
        "unit": spec.source_unit,
        "target": spec.target_unit,
        "messages": told_alone(spec.source_length - 1, *kinds),
    }


EXPORTING = pair_exporting(
    noun="text",
    texts=examples_of,
    encode=_encode,
    read="ids = [token for token in tokenizer.encode(text).ids if token != 1]",
    before=_before,
    settings=_settings,
    penalty=LENGTH_PENALTY,
    script="tasks/text2text_generation/web.js",
    # Of the word error rate, of which less is better.
    point=lambda source: -0.01,
)
