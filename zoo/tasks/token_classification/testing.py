"""What the tests of every task need to know of taggers, and their tiny checkpoints."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from zoo import checkpoint
from zoo.common.testing import Cases, Damage, Goal, NotApplicable
from zoo.formats import CONFIG, TOKENIZER, WEIGHTS, Checkpoint
from zoo.networks.tagging.spec import TaggingBackboneSpec
from zoo.schema import Licenses, ModelInfo
from zoo.specs import make_spec
from zoo.tasks.token_classification.recipe import TokenClassificationRecipe
from zoo.tasks.token_classification.specs import (
    AFFIX_TOKENIZER,
    LETTER_TOKENIZER,
    TokenClassifierSpec,
    TokenPreprocessorSpec,
    tagger_shapes,
)
from zoo.text.tagged import TaggedDataset
from zoo.text.tags import to_iob2
from zoo.text.word_features import learn_vocabularies

__all__ = ["CASES", "DATA", "LABELS", "SENTENCES", "make_tagger"]

LABELS = ("LOC", "PER")
SENTENCES = [
    (["Mary", "Ann", "lives", "in", "London", "."], ["B-PER", "I-PER", "O", "O", "B-LOC", "O"]),
    (["John", "left", "Paris", "on", "Friday", "."], ["B-PER", "O", "B-LOC", "O", "O", "O"]),
    (["It", "rained", "all", "day", "."], ["O"] * 5),
]

# Each a document, and all of them one.
DATA = TaggedDataset(
    [*([words] for words, _ in SENTENCES), [words for words, _ in SENTENCES]],
    [*([tags] for _, tags in SENTENCES), [tags for _, tags in SENTENCES]],
)


def make_tagger(
    path: Path, num_layers: int = 1, document_dim: int = 3, seed: int = 0, length: int = 40
) -> Path:
    """Write a tiny tagger with random weights that float16 holds exactly.

    Args:
        path: the directory to make.
        num_layers: recurrent layers.
        document_dim: size of what is read of the document.
        seed: of the weights.
        length: words that are read together.
    """
    found = learn_vocabularies([words for words, _ in SENTENCES], affix_count=1)
    vocabularies = dict(
        zip((TOKENIZER, LETTER_TOKENIZER, AFFIX_TOKENIZER), found.values(), strict=True)
    )
    sizes = [vocabulary.get_vocab_size() for vocabulary in vocabularies.values()]
    backbone = make_spec(
        TaggingBackboneSpec,
        vocabulary_size=sizes[0],
        letter_vocabulary_size=sizes[1],
        affix_vocabulary_size=sizes[2],
        embedding_dim=6,
        letter_dim=4,
        letter_filters=5,
        shape_dim=3,
        affix_dim=2,
        units=6,
        num_layers=num_layers,
        document_dim=document_dim,
        input_dropout=0.1,
        layer_dropout=0.1,
    )
    head = TokenClassifierSpec(num_classes=len(LABELS), dropout=0.1)
    generator = np.random.default_rng(seed)
    weights = {
        name: generator.normal(0, 0.7, shape).astype(np.float16).astype(np.float32)
        for name, shape in tagger_shapes(backbone, head).items()
    }
    checkpoint.write(
        path,
        info=ModelInfo(
            name="tiny-tagger",
            task="token-classification",
            architecture="bilstm-crf",
            labels=LABELS,
            parameters=0,
        ),
        backbone=backbone,
        head=head,
        preprocessor=TokenPreprocessorSpec(document_length=length),
        assets={name: value.to_str().encode("utf-8") for name, value in vocabularies.items()},
        weights=checkpoint.serialize_tensors(weights),
    )
    return path


def _flat(found: list[list[dict[str, Any]]]) -> list[Any]:
    """Return entities as what can be compared: where they are as a text, scores as an array."""
    places = [
        " ".join(f"{one['entity_group']}:{one['start']}-{one['end']}" for one in of_text)
        for of_text in found
    ]
    return [*places, np.array([one["score"] for of_text in found for one in of_text])]


def _ask_model(model: Any, texts: Sequence[str]) -> list[Any]:
    from zoo.tasks.token_classification.keras_reader import tagger_of

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of what is strange to so small a model
        return _flat(tagger_of(model).find_names(list(texts)))


def _ask_pipeline(pipeline: Any, texts: Sequence[str]) -> list[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return _flat(pipeline(list(texts)))


def _own(folder: Path, part: int) -> tuple[Path, dict[str, str]]:
    lines = []
    for number in range(12):
        person = ("Ann", "Mary", "John", "Peter")[(number + part) % 4]
        place = ("Rome", "London", "Paris", "Berlin")[(number * 3 + part) % 4]
        row = (
            (person, "B-PER"),
            ("left", "O"),
            (place, "B-LOC"),
            (f"day {number + 20 * part}", "O"),
        )
        lines += [*(f"{word}\t{tag}" for word, tag in row), ""]
    path = folder / "mine.tsv"
    path.write_text("\n".join(["words\ttags", *lines]) + "\n", encoding="utf-8")
    return path, {"text_column": "words", "label_column": "tags"}


def _recipe(data: Path) -> TokenClassificationRecipe:
    return TokenClassificationRecipe(
        name="own",
        architecture="bilstm-crf",
        description="A small tagger.",
        method="The likelihood of a chain of tags.",
        dataset=str(data),
        text_column="words",
        label_column="tags",
        labels=LABELS,
        licenses=Licenses(weights="apache-2.0", data="mine"),
        papers=(),
        backbone={
            "embedding_dim": 6,
            "letter_dim": 4,
            "letter_filters": 5,
            "shape_dim": 3,
            "affix_dim": 2,
            "units": 6,
        },
        dropout=0.1,
        document_length=40,
        affix_count=2,
        batch_size=40,
        epochs=1,
        patience=1,
        learning_rate=0.02,
        warmup=0.1,
        final_rate=0.1,
        weight_decay=0.0,
        clipnorm=1.0,
        label_smoothing=0.0,
        average_decay=0.5,
        seed=1,
    )


def _file(folder: Path) -> tuple[Path, dict[str, Any], Callable[[Any], Any]]:
    texts = [*CASES.inputs, "", "Ann's\nfirst day."]
    lines = "".join(f"{json.dumps({'id': at, 'review': text})}\n" for at, text in enumerate(texts))
    (folder / "texts.jsonl").write_text(lines, encoding="utf-8")

    def answer(pipeline: Any) -> list[dict[str, Any]]:
        found = pipeline.with_doubts(texts)[0]
        return [{"entities": one} for one in found]

    return folder / "texts.jsonl", {"text_column": "review"}, answer


def _command(folder: Path) -> tuple[list[str], Callable[[Any], Sequence[Any]]]:
    def answer(pipeline: Any) -> list[dict[str, Any]]:
        # The names themselves are lists of dictionaries: a test of the task's own compares them.
        return [{"text": CASES.inputs[0]}]

    return [CASES.inputs[0]], answer


def _example(value: Any, pipeline: Any, source: Checkpoint, code: str) -> tuple[Any, Any]:
    names = pipeline.reader.names
    words = code.partition("words = [")[2].partition("]")[0]
    (tags,) = pipeline.tag([json.loads(f"[{words}]")])
    return to_iob2([names[tag] for tag in value]), tags


def _backbone(config: Any) -> Any:
    return config["config"]["backbone"]["config"]


CASES: Cases = Cases(
    variants={
        "1 layer": partial(make_tagger, seed=1),
        "2 layers": partial(make_tagger, num_layers=2, seed=2),
        "no document": partial(make_tagger, document_dim=0, seed=3),
    },
    shallow="1 layer",
    inputs=[
        "Mary Ann lives in London. John left Paris on Friday.",
        "It rained all day.",
        "John",
        "Mary left Friday, all day in London.\n\nLondon rained.",
    ],
    fitting=lambda source: CASES.inputs,
    odd=[
        "",
        " \t\n ",
        "MARY ANN LIVES IN LONDON",
        "\U0001f469\u200d\U0001f467 in \u6771\u4eac \u03a9mega",
        "Mary " * 100,
        "x" * 5_000,
        "a\tb\nc",
    ],
    refused=[([], "at least one"), ([1], "strings"), ([None], "strings"), (["\ud800"], "UTF-8")],
    ask_model=_ask_model,
    ask_pipeline=_ask_pipeline,
    command=_command,
    file=_file,
    example=_example,
    tolerance=1e-4,
    data=lambda: DATA,
    fit=lambda model, data: model.fit(data.words, data.tags, verbose=0),
    own=_own,
    recipe=_recipe,
    settings={"epochs": 12, "patience": 12, "batch_size": 4, "learning_rate": 0.05},
    goal=Goal("f1", least=0.8),
    seeds=3,
    damages={
        "units": Damage(CONFIG, lambda c: _backbone(c).update(units=3), "disagree"),
        "argument": Damage(CONFIG, lambda c: _backbone(c).update(cell="gru"), "cell"),
        "tokenizer": Damage(
            CONFIG,
            lambda c: c["config"]["preprocessor"]["config"].update(letter_tokenizer=None),
            "'letter_tokenizer'",
        ),
        "length": Damage(
            CONFIG,
            lambda c: c["config"]["preprocessor"]["config"].update(document_length=1),
            "document_length",
        ),
        "classes": Damage(CONFIG, lambda c: c["config"].update(num_classes=3), "disagree|labels"),
        "class": Damage(CONFIG, lambda c: c.update(class_name="Lambda"), "Lambda"),
        "vocabulary": Damage(TOKENIZER, lambda c: c["model"]["vocab"].pop("<unk>"), "<unk>"),
        "letters": Damage(
            LETTER_TOKENIZER,
            lambda c: c["model"]["vocab"].update(zz=10_000),
            "10000|10,000|numbers",
        ),
        "tensor": Damage(WEIGHTS, lambda t: t.pop("crf/start"), "crf/start"),
    },
    streamed=NotApplicable("What a word is depends on the words that follow it."),
    explained="Mary Ann lives in London.",
    inspected=NotApplicable("What made a name of a word is what zoo.explain shows."),
    board=("names/",),
)
