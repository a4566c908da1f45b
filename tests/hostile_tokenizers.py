"""Bad vocabularies; see `hostile`."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from helpers import rewrite
from hostile_files import PICKLE, Damage

__all__ = ["ALONE", "damages"]

# Sources of which nothing but the vocabulary is spoilt: the rest is as that of another.
ALONE = ("characters", "language of characters")

_BOMB = {"Regex": "(a+)+(b|a+)*(?:(?:x*)*)*$"}
_HUGE_REGEX = {"Regex": "((((a{1000}){1000}){1000}){1000})"}
_SPLIT = {"type": "Split", "behavior": "Isolated", "invert": False}
_REPLACE = {"type": "Replace", "content": "x" * 1_000}

Change = Callable[[dict[str, Any]], object]


def _vocabulary(**tokens: Any) -> Change:
    return lambda content: content["model"]["vocab"].update(tokens)


def _part(name: str, value: Any) -> Change:
    return lambda content: content.update({name: value})


def _model(**arguments: Any) -> Change:
    return lambda content: content["model"].update(arguments)


_CHANGES: dict[str, Change] = {
    "an id beyond the embeddings": _vocabulary(film=10**6),
    "an id beyond 32 bits": _vocabulary(film=2**32),
    "an id beyond 64 bits": _vocabulary(film=2**64),
    "a negative id": _vocabulary(film=-1),
    "an id that is none": _vocabulary(film="7"),
    "an id that is a truth value": _vocabulary(film=True),
    "an id with a fraction": _vocabulary(film=7.5),
    "two tokens of one id": _vocabulary(film=5, movie=5),
    "a nested vocabulary": _vocabulary(film={"a": 1}),
    "no vocabulary": _model(vocab={}),
    "a list for a vocabulary": _model(vocab=[]),
    "two hundred thousand tokens": _model(vocab={str(n): n for n in range(200_000)}),
    "tokens of a megabyte": _vocabulary(**{"x" * (1 << 20): 7}),
    "merges of unknown tokens": _model(merges=[["zz", "qq"]]),
    "merges that are none": _model(merges=[[1, 2], "a"]),
    "dropout": _model(dropout=0.5),
    "byte fallback": _model(byte_fallback=True),
    "an unknown model": _model(type="Pickle"),
    "a unigram model": _part("model", {"type": "Unigram", "unk_id": 0, "vocab": [["a", 0.0]]}),
    "a wordpiece model": _model(type="WordPiece", max_input_chars_per_word=10**9),
    "a regular expression that explodes": _part("pre_tokenizer", {**_SPLIT, "pattern": _BOMB}),
    "a huge regular expression": _part("pre_tokenizer", {**_SPLIT, "pattern": _HUGE_REGEX}),
    "an unclosed regular expression": _part(
        "pre_tokenizer", {**_SPLIT, "pattern": {"Regex": "((("}}
    ),
    "a nested pre-tokenizer": _part(
        "pre_tokenizer",
        functools.reduce(
            lambda inner, _: {"type": "Sequence", "pretokenizers": [inner]},
            range(300),
            {"type": "Whitespace"},
        ),
    ),
    "an unknown pre-tokenizer": _part("pre_tokenizer", {"type": "Python", "code": "import os"}),
    "no pre-tokenizer": _part("pre_tokenizer", None),
    "a normalizer that explodes": _part("normalizer", {**_REPLACE, "pattern": _BOMB}),
    "a normalizer that blows up": _part("normalizer", {**_REPLACE, "pattern": {"String": ""}}),
    "another normalizer": _part("normalizer", {"type": "Lowercase"}),
    "a normalizer of a table": _part(
        "normalizer", {"type": "Precompiled", "precompiled_charsmap": "AAAA"}
    ),
    "an unknown normalizer": _part("normalizer", {"type": "Custom"}),
    "padding to a billion": _part(
        "padding",
        {
            "strategy": {"Fixed": 10**9},
            "direction": "Right",
            "pad_to_multiple_of": None,
            "pad_id": 0,
            "pad_type_id": 0,
            "pad_token": "[PAD]",
        },
    ),
    "cutting to nothing": _part(
        "truncation",
        {"direction": "Right", "max_length": 0, "strategy": "LongestFirst", "stride": 10**9},
    ),
    "a template that adds ids": _part(
        "post_processor",
        {
            "type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": "[E]", "type_id": 0}}],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}],
            "special_tokens": {"[E]": {"id": "[E]", "ids": [10**6] * 999, "tokens": ["[E]"] * 999}},
        },
    ),
    "another decoder": _part("decoder", {"type": "Fuse"}),
    "a special token more": lambda content: content["added_tokens"].append(
        {**content["added_tokens"][0], "id": 7, "content": "film"}
    ),
    "no special tokens": _part("added_tokens", []),
    "many special tokens": lambda content: content["added_tokens"].extend(
        {**content["added_tokens"][0], "id": 10 + n, "content": f"t{n}"} for n in range(2_000)
    ),
    "another version": _part("version", "9.9"),
    "something more": _part("code", "import os"),
}

_RAW = {
    "empty": b"",
    "null": b"null",
    "a list": b"[]",
    "an object": b"{}",
    "not UTF-8": b'{"version": "\xff"}',
    "deep": b"[" * 50_000,
    "a pickle": PICKLE,
    "a model of sentencepiece": b"\x0a\x0e\x0a\x05<unk>\x15\x00\x00\x00\x00\x18\x02",
}


def _edit(path: Path, name: str, change: Change) -> None:
    content = json.loads((path / name).read_text(encoding="utf-8"))
    change(content)
    rewrite(path, name, json.dumps(content).encode())


def _twice(path: Path, name: str, key: str) -> None:
    """Have a part stand twice: what is checked must be what the library reads."""
    text = (path / name).read_text(encoding="utf-8").rstrip()
    rewrite(path, name, f'{text[:-1]}, "{key}": null}}'.encode())


def damages(source: str, path: Path) -> Iterator[Damage]:
    """Yield ways to spoil vocabularies: what, how, and whether it does no harm."""
    if source not in ("text", "translation", "language", *ALONE):
        return  # the others read words as the first does
    for file in sorted(path.glob("assets/*/tokenizer.json")):
        name = file.relative_to(path).as_posix()
        for what, change in _CHANGES.items():
            yield f"{name}: {what}", functools.partial(_edit, name=name, change=change), False
        for what, data in _RAW.items():
            yield f"{name}: {what}", functools.partial(rewrite, name=name, data=data), False
        for key in ("model", "normalizer", "pre_tokenizer", "padding"):
            yield f"{name}: {key} twice", functools.partial(_twice, name=name, key=key), False
