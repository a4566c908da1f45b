"""What the tests of every task need to know of spellers, and their tiny checkpoints."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from zoo import checkpoint
from zoo.common.testing import Cases, Damage, Goal, NotApplicable
from zoo.formats import CONFIG, TOKENIZER
from zoo.networks.bahdanau.costs import tensor_shapes
from zoo.networks.bahdanau.spec import BahdanauSpellerBackboneSpec
from zoo.pairs.examples import VariantDataset
from zoo.pairs.files import SOURCE_TOKENIZER
from zoo.pairs.testing import (
    DAMAGES,
    RATES,
    RECIPE,
    REFUSED,
    SIZES,
    Asking,
    file_of,
    preprocessor_of,
    random_weights,
    table_of,
)
from zoo.schema import ModelInfo
from zoo.specs import make_spec
from zoo.tasks.text2text_generation.recipe import Text2TextRecipe
from zoo.tasks.text2text_generation.specs import Text2TextLMSpec, Text2TextPreprocessorSpec
from zoo.text.units import train_units

__all__ = ["CASES", "PAIRS", "make_speller"]

PAIRS = (
    ["cat", "dogs", "zoology"],
    ["K AE T", "D AO G Z", "Z OW AA L AH JH IY"],
)
# How the letters of a small language sound.
_SOUNDS = {"c": "K", "a": "AE", "t": "T", "d": "D", "o": "AO", "g": "G", "s": "Z"}
_ASKING = Asking("generated_text", PAIRS[1], ".* (texts|answers) (hold|are longer)")


def make_speller(
    path: Path, encoder_layers: int = 1, seed: int = 0, *, inverse: bool = False, more: str = ""
) -> Path:
    """Write a tiny speller with random weights that float16 holds exactly.

    Args:
        path: the directory to make.
        encoder_layers: layers of the encoder.
        seed: of the weights.
        inverse: whether it reads words and writes characters.
        more: characters that it knows beside small letters.
    """
    preprocessor = Text2TextPreprocessorSpec(
        source_length=24,
        target_length=24,
        source_unit="words" if inverse else "characters",
        target_unit="characters" if inverse else "words",
    )
    letters = [*PAIRS[0], f"abcdefghijklmnopqrstuvwxyz{more}"]
    # What words are to others are symbols to the inverse, so that all read the same inputs.
    symbols = [*PAIRS[1], "Cat", *PAIRS[0]]
    sides = (symbols, letters) if inverse else (letters, PAIRS[1])
    forms = (preprocessor.source_vocabulary, preprocessor.target_vocabulary)
    tokenizers = [train_units(texts, form, 90) for texts, form in zip(sides, forms, strict=True)]
    backbone = make_spec(
        BahdanauSpellerBackboneSpec,
        source_vocabulary_size=tokenizers[0].get_vocab_size(),
        vocabulary_size=tokenizers[1].get_vocab_size(),
        **SIZES,
        **RATES,
        encoder_layers=encoder_layers,
    )
    files = [tokenizer.to_str().encode("utf-8") for tokenizer in tokenizers]
    checkpoint.write(
        path,
        info=ModelInfo(
            name="tiny-speller", task="text2text-generation", architecture="bahdanau", parameters=0
        ),
        backbone=backbone,
        head=Text2TextLMSpec(),
        preprocessor=preprocessor,
        assets=dict(zip((SOURCE_TOKENIZER, TOKENIZER), files, strict=True)),
        weights=checkpoint.serialize_tensors(
            random_weights(tensor_shapes(backbone, Text2TextLMSpec()), seed)
        ),
    )
    return path


def _pairs(part: int) -> tuple[list[str], list[str]]:
    """Words of two letters; a part has those whose letters stand two or five apart, or the rest.

    One answer to all words has six sevenths of their sounds wrong, and none at all has all.
    """
    letters, count = list(_SOUNDS), len(_SOUNDS)
    words = [
        letters[first] + letters[(first + apart) % count]
        for first in range(count)
        for apart in range(count)
        if (apart in (2, 5)) == (part == 1)
    ]
    return words, [" ".join(_SOUNDS[letter] for letter in word) for word in words]


def _recipe(data: Path) -> Text2TextRecipe:
    return Text2TextRecipe(
        **RECIPE,
        description="A small speller.",
        dataset=str(data),
        text_column="word",
        label_column="sounds",
        source_vocabulary_size=40,
        vocabulary_size=40,
    )


CASES: Cases = Cases(
    variants={
        "1 layers": partial(make_speller, encoder_layers=1, seed=1),
        "2 layers": partial(make_speller, encoder_layers=2, seed=2),
        "inverse": partial(make_speller, seed=3, inverse=True),
    },
    shallow="1 layers",
    inputs=["cat", "zoology", "dogs", "\u00a0Cat\n"],
    fitting=lambda source: (
        list(CASES.inputs) if source.preprocessor.source_unit == "characters" else list(PAIRS[1])
    ),
    odd=["", "Caf\u00e9 3", "\u65e5\u672c\u8a9e", "cat " * 30, "[PAD]"],
    refused=REFUSED,
    ask_model=_ASKING.model,
    ask_pipeline=_ASKING.pipeline,
    command=lambda folder: ([PAIRS[0][0]], lambda pipeline: pipeline([PAIRS[0][0]])),
    file=lambda folder: file_of(folder, CASES.inputs),
    example=_ASKING.example,
    tolerance=1e-3,
    data=lambda: VariantDataset(PAIRS[0], [(PAIRS[1][0], "K AA T"), *((t,) for t in PAIRS[1][1:])]),
    fit=lambda model, data: model.fit(data.pairs().sources, data.pairs().targets, verbose=0),
    own=lambda folder, part: table_of(folder, ("word", "sounds"), _pairs(part)),
    recipe=_recipe,
    settings={"epochs": 40, "patience": 40, "batch_size": 4, "learning_rate": 0.03},
    goal=Goal("phone_error_rate", most=0.7),  # that of the untuned is 4.0
    seeds={"g2p-cmudict": 3, "p2g-cmudict": 0},
    damages={
        **DAMAGES,
        "kind of unit": Damage(
            CONFIG, lambda c: preprocessor_of(c).update(target_unit="syllables"), "target_unit"
        ),
        "other unit": Damage(
            CONFIG, lambda c: preprocessor_of(c).update(target_unit="characters"), "pre_tokenizer"
        ),
        "vocabulary": Damage(TOKENIZER, lambda c: c["model"]["vocab"].pop("[END]"), "END"),
    },
    streamed=_ASKING.streamed,
    explained=PAIRS[0][0],
    inspected=NotApplicable("What a speller attends to is what zoo.explain shows."),
    board=("attention/",),
)
