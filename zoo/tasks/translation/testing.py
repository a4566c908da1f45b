"""What the tests of every task need to know of translation, and its tiny checkpoints."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from zoo import checkpoint
from zoo.common.testing import Cases, Damage, Goal, NotApplicable
from zoo.formats import TOKENIZER
from zoo.networks.bahdanau.costs import tensor_shapes
from zoo.networks.bahdanau.spec import BahdanauBackboneSpec
from zoo.pairs.examples import PairDataset
from zoo.pairs.files import SOURCE_TOKENIZER
from zoo.pairs.testing import (
    DAMAGES,
    RATES,
    RECIPE,
    REFUSED,
    SIZES,
    Asking,
    file_of,
    random_weights,
    table_of,
)
from zoo.schema import ModelInfo
from zoo.specs import make_spec
from zoo.tasks.translation.recipe import TranslationRecipe
from zoo.tasks.translation.specs import Seq2SeqLMSpec, Seq2SeqPreprocessorSpec
from zoo.text.subwords import train_subword_tokenizer

__all__ = ["CASES", "PAIRS", "make_translator"]

PAIRS = (
    ["Ein Mann fährt Rad.", "Zwei Hunde spielen im Schnee.", "Eine Frau liest."],
    ["A man is riding a bike.", "Two dogs play in the snow.", "A woman reads."],
)
_ASKING = Asking("translation_text", PAIRS[1], ".*sentences are longer")


def make_translator(path: Path, encoder_layers: int = 1, seed: int = 0) -> Path:
    """Write a tiny translator with random weights that float16 holds exactly.

    Args:
        path: the directory to make.
        encoder_layers: layers of the encoder.
        seed: of the weights.
    """
    tokenizers = [train_subword_tokenizer(side, 300) for side in PAIRS]
    sizes = [tokenizer.get_vocab_size() for tokenizer in tokenizers]
    backbone = make_spec(
        BahdanauBackboneSpec,
        source_vocabulary_size=sizes[0],
        vocabulary_size=sizes[1],
        **SIZES,
        **RATES,
        encoder_layers=encoder_layers,
    )
    files = [tokenizer.to_str().encode("utf-8") for tokenizer in tokenizers]
    checkpoint.write(
        path,
        info=ModelInfo(
            name="tiny-translator", task="translation", architecture="bahdanau", parameters=0
        ),
        backbone=backbone,
        head=Seq2SeqLMSpec(),
        preprocessor=Seq2SeqPreprocessorSpec(source_length=40, target_length=20),
        assets=dict(zip((SOURCE_TOKENIZER, TOKENIZER), files, strict=True)),
        weights=checkpoint.serialize_tensors(
            random_weights(tensor_shapes(backbone, Seq2SeqLMSpec()), seed)
        ),
    )
    return path


def _pairs(part: int) -> tuple[list[str], list[str]]:
    more = range(11 * part, 11 + 11 * part)
    return (
        [PAIRS[0][part], *(f"Ein Mann {number}." for number in more)],
        [PAIRS[1][part], *(f"A man {number}." for number in more)],
    )


def _recipe(data: Path) -> TranslationRecipe:
    return TranslationRecipe(
        **RECIPE,
        description="A small translator.",
        dataset=str(data),
        text_column="de",
        label_column="en",
        source="de",
        target="en",
        source_vocabulary_size=300,
        vocabulary_size=300,
    )


CASES: Cases = Cases(
    variants={
        f"{layers} layers": partial(make_translator, encoder_layers=layers, seed=layers)
        for layers in (1, 2)
    },
    shallow="1 layers",
    inputs=[*PAIRS[0], "\u00a0Zwei\tHunde "],
    fitting=lambda source: CASES.inputs,
    odd=["", "Hund 🐕 日本語 ελληνικά", "x", "Mann " * 30],
    refused=REFUSED,
    ask_model=_ASKING.model,
    ask_pipeline=_ASKING.pipeline,
    command=lambda folder: ([PAIRS[0][0]], lambda pipeline: pipeline([PAIRS[0][0]])),
    file=lambda folder: file_of(folder, CASES.inputs),
    example=_ASKING.example,
    tolerance=1e-3,
    data=lambda: PairDataset(PAIRS[0] * 2, PAIRS[1] * 2),
    fit=lambda model, data: model.fit(data.sources, data.targets, verbose=0),
    own=lambda folder, part: table_of(folder, ("de", "en"), _pairs(part)),
    recipe=_recipe,
    settings={"epochs": 2, "patience": 2, "batch_size": 4, "learning_rate": 0.1},
    goal=Goal("perplexity", most=300.0),  # that of the untuned is 1338
    seeds=0,
    damages={
        **DAMAGES,
        "vocabulary": Damage(TOKENIZER, lambda c: c["model"]["vocab"].pop("Ā"), "256 bytes"),
    },
    streamed=_ASKING.streamed,
    explained=PAIRS[0][0],
    inspected=NotApplicable("What a translator attends to is what zoo.explain shows."),
    board=("attention/",),
)
