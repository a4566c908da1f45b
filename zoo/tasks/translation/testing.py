"""What the tests of every task need to know of translation, and its tiny checkpoints."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from zoo import checkpoint
from zoo.common.testing import Cases, Damage, Goal, NotApplicable, Streamed
from zoo.formats import CONFIG, TOKENIZER, WEIGHTS, Checkpoint
from zoo.networks.bahdanau.costs import tensor_shapes
from zoo.networks.bahdanau.spec import BahdanauBackboneSpec
from zoo.pairs.examples import PairDataset
from zoo.pairs.files import SOURCE_TOKENIZER
from zoo.schema import Licenses, ModelInfo
from zoo.specs import make_spec
from zoo.tasks.translation.recipe import TranslationRecipe
from zoo.tasks.translation.specs import Seq2SeqLMSpec, Seq2SeqPreprocessorSpec
from zoo.text.subwords import train_subword_tokenizer

__all__ = ["CASES", "PAIRS", "make_translator"]

PAIRS = (
    ["Ein Mann fährt Rad.", "Zwei Hunde spielen im Schnee.", "Eine Frau liest."],
    ["A man is riding a bike.", "Two dogs play in the snow.", "A woman reads."],
)


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
        embedding_dim=8,
        encoder_units=5,
        decoder_units=6,
        attention_units=4,
        encoder_layers=encoder_layers,
        word_dropout=0.1,
        embedding_dropout=0.1,
        encoder_dropout=0.1,
        recurrent_dropout=0.1,
        output_dropout=0.1,
    )
    generator = np.random.default_rng(seed)
    weights = {
        name: generator.normal(0, 0.7, shape).astype(np.float16).astype(np.float32)
        for name, shape in tensor_shapes(backbone, Seq2SeqLMSpec()).items()
    }
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
        weights=checkpoint.serialize_tensors(weights),
    )
    return path


def _ask_model(model: Any, sentences: Sequence[str]) -> list[Any]:
    if not all(isinstance(sentence, str) for sentence in sentences):
        return list(model.generate(sentences))
    given = (PAIRS[1] * len(sentences))[: len(sentences)]
    return [*model.generate(sentences), np.asarray(model.score(sentences, given))]


def _ask_pipeline(pipeline: Any, sentences: Sequence[str]) -> list[Any]:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*sentences are longer", UserWarning)
        answers = [answer["translation_text"] for answer in pipeline(sentences, num_beams=1)]
        given = (PAIRS[1] * len(sentences))[: len(sentences)]
        return [*answers, np.asarray(pipeline.score(sentences, given)[0])]


def _pairs(part: int) -> tuple[list[str], list[str]]:
    more = range(11 * part, 11 + 11 * part)
    return (
        [PAIRS[0][part], *(f"Ein Mann {number}." for number in more)],
        [PAIRS[1][part], *(f"A man {number}." for number in more)],
    )


def _own(folder: Path, part: int) -> tuple[Path, dict[str, str]]:
    lines = ["\t".join(pair) for pair in (("de", "en"), *zip(*_pairs(part), strict=True))]
    (folder / "pairs.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder / "pairs.tsv", {"text_column": "de", "label_column": "en"}


def _recipe(data: Path) -> TranslationRecipe:
    return TranslationRecipe(
        name="own",
        description="A small translator.",
        method="Cross-entropy.",
        dataset=str(data),
        text_column="de",
        label_column="en",
        source="de",
        target="en",
        licenses=Licenses(weights="apache-2.0", data="mine"),
        papers=(),
        source_vocabulary_size=300,
        vocabulary_size=300,
        source_length=12,
        target_length=12,
        backbone={
            "embedding_dim": 8,
            "encoder_units": 5,
            "decoder_units": 6,
            "attention_units": 4,
        },
        buckets=(12,),
        batch_size=5,
        epochs=1,
        patience=1,
        learning_rate=0.05,
        warmup=0.1,
        final_rate=0.1,
        weight_decay=0.0,
        clipnorm=1.0,
        label_smoothing=0.0,
        average_decay=0.5,
        seed=1,
    )


def _file(folder: Path) -> tuple[Path, dict[str, Any], Callable[[Any], Any]]:
    rows = [{"text": text, "more": [1, None]} for text in [*CASES.inputs, ""]]
    lines = "".join(f"{json.dumps(row)}\n" for row in rows)
    (folder / "sentences.jsonl").write_text(lines, encoding="utf-8")
    texts = [row["text"] for row in rows]
    return (
        folder / "sentences.jsonl",
        {"num_beams": 2},
        lambda pipeline: pipeline.with_doubts(texts, num_beams=2)[0],
    )


def _backbone(config: Any) -> Any:
    return config["config"]["backbone"]["config"]


def _example(value: Any, pipeline: Any, source: Checkpoint, code: str) -> tuple[Any, Any]:
    (sentence,) = re.findall(r'encode\("(.*?)"\)', code)
    return [value], [pipeline([sentence], num_beams=1)[0]["translation_text"]]


CASES: Cases = Cases(
    variants={
        f"{layers} layers": partial(make_translator, encoder_layers=layers, seed=layers)
        for layers in (1, 2)
    },
    shallow="1 layers",
    inputs=[*PAIRS[0], "\u00a0Zwei\tHunde "],
    fitting=lambda source: CASES.inputs,
    odd=["", "Hund 🐕 日本語 ελληνικά", "x", "Mann " * 30],
    refused=[([], "at least one"), ([1], "strings"), ([None], "strings"), (["\ud800"], "UTF-8")],
    ask_model=_ask_model,
    ask_pipeline=_ask_pipeline,
    command=lambda folder: ([PAIRS[0][0]], lambda pipeline: pipeline([PAIRS[0][0]])),
    file=_file,
    example=_example,
    tolerance=1e-3,
    data=lambda: PairDataset(PAIRS[0] * 2, PAIRS[1] * 2),
    fit=lambda model, data: model.fit(data.sources, data.targets, verbose=0),
    own=_own,
    recipe=_recipe,
    settings={"epochs": 2, "patience": 2, "batch_size": 4, "learning_rate": 0.1},
    goal=Goal("perplexity", most=300.0),  # that of the untuned is 1338
    seeds=0,
    damages={
        "units": Damage(CONFIG, lambda c: _backbone(c).update(encoder_units=3), "disagree"),
        "argument": Damage(CONFIG, lambda c: _backbone(c).update(units=3), "units"),
        "tokenizer": Damage(
            CONFIG,
            lambda c: c["config"]["preprocessor"]["config"].update(source_tokenizer=None),
            "'source_tokenizer'",
        ),
        "length": Damage(
            CONFIG,
            lambda c: c["config"]["preprocessor"]["config"].update(target_length=1),
            "target_length",
        ),
        "class": Damage(CONFIG, lambda c: c.update(class_name="Lambda"), "Lambda"),
        "vocabulary": Damage(TOKENIZER, lambda c: c["model"]["vocab"].pop("Ā"), "256 bytes"),
        "tensor": Damage(WEIGHTS, lambda t: t.pop("bridge/bias"), "bridge/bias"),
    },
    streamed=Streamed(
        begin=lambda pipeline, text: pipeline.session(text),
        pieces=lambda text, cuts: [None] * 40,
        joined=lambda pipeline, answers: "".join(filter(None, answers)),
        whole=lambda pipeline, text: pipeline([text], num_beams=1)[0]["translation_text"],
        refused=("a text", "without an input"),
    ),
    explained=PAIRS[0][0],
    inspected=NotApplicable("What a translator attends to is what zoo.explain shows."),
    board=("attention/",),
)
