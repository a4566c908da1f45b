"""What a vocabulary's file may hold: the two kinds of tokenizers that the zoo writes, no others.

A `tokenizer.json` of the tokenizers library is a program: regular expressions that may take for
ever, normalizers, templates that add ids of their own. All of it but the tokens is therefore
compared with what the zoo writes, before the library sees a byte of it.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from zoo.errors import CheckpointError, shown
from zoo.files import parse_json

__all__ = ["MAX_VOCABULARY_BYTES", "SUBWORDS", "WORDS", "check_vocabulary", "vocabulary_limit"]

# Of a vocabulary's file; those of a quarter of a million subwords take 14 MB.
MAX_VOCABULARY_BYTES = 24 << 20
# A token; those of the zoo take 15 to 30.
_TOKEN_BYTES = 128
# What the rest of the file has of anything, and more.
_REST = 1_000


def _special(*tokens: str) -> list[dict[str, Any]]:
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    return [
        {"id": index, "content": token, **flags, "special": True}
        for index, token in enumerate(tokens)
    ]


def _replacement(text: str, content: str) -> dict[str, Any]:
    return {"type": "Replace", "pattern": {"String": text}, "content": content}


def _sequence(name: str, type_id: int) -> dict[str, Any]:
    return {"Sequence": {"id": name, "type_id": type_id}}


# What `zoo.text.train_word_tokenizer` writes, but for the tokens.
WORDS: dict[str, Any] = {
    "version": "1.0",
    "truncation": None,
    "padding": None,
    "added_tokens": _special("[PAD]", "[UNK]", "[START]"),
    "normalizer": {
        "type": "Sequence",
        "normalizers": [
            {"type": "NFKC"},
            {"type": "Lowercase"},
            _replacement("<br />", " "),
            *(_replacement(mark, "'") for mark in ("\u2018", "\u2019", "`")),
        ],
    },
    "pre_tokenizer": {
        "type": "Split",
        "pattern": {"Regex": r"\w+(?:'\w+)*|[^\w\s\p{Cc}]"},
        "behavior": "Removed",
        "invert": True,
    },
    "post_processor": {
        "type": "TemplateProcessing",
        "single": [{"SpecialToken": {"id": "[START]", "type_id": 0}}, _sequence("A", 0)],
        "pair": [_sequence("A", 0), _sequence("B", 1)],
        "special_tokens": {"[START]": {"id": "[START]", "ids": [2], "tokens": ["[START]"]}},
    },
    "decoder": None,
    "model": {"type": "WordLevel", "unk_token": "[UNK]"},
}

_BYTES = {"add_prefix_space": True, "trim_offsets": True, "use_regex": True, "type": "ByteLevel"}

# What `zoo.subwords.train_subword_tokenizer` writes, but for the tokens and their merges.
SUBWORDS: dict[str, Any] = {
    "version": "1.0",
    "truncation": None,
    "padding": None,
    "added_tokens": _special("[PAD]", "[UNK]", "[START]", "[END]"),
    "normalizer": {
        "type": "Sequence",
        "normalizers": [
            {"type": "NFC"},
            {"type": "Strip", "strip_left": True, "strip_right": True},
        ],
    },
    "pre_tokenizer": _BYTES,
    "post_processor": None,
    "decoder": _BYTES,
    "model": {
        "type": "BPE",
        "dropout": None,
        "unk_token": None,
        "continuing_subword_prefix": None,
        "end_of_word_suffix": None,
        "fuse_unk": False,
        "byte_fallback": False,
        "ignore_merges": False,
    },
}


def check_vocabulary(data: bytes, expected: dict[str, Any], vocabulary_size: int) -> None:
    """Refuse a vocabulary's file that is not one of the zoo's, or whose ids have no embedding.

    Args:
        data: content of a `tokenizer.json`.
        expected: all that it holds but the tokens: `WORDS` or `SUBWORDS`.
        vocabulary_size: number of rows of the embedding table.

    Raises:
        CheckpointError: it is malformed, does more than the zoo's tokenizers do, or gives ids
            that are out of the table, or twice.

    Example:
        >>> from zoo.text import train_word_tokenizer
        >>> data = train_word_tokenizer(["a b"], 9).to_str().encode("utf-8")
        >>> check_vocabulary(data, WORDS, vocabulary_size=9)
    """
    checked = hashlib.sha256(data).digest(), expected["model"]["type"], vocabulary_size
    if checked in _checked:
        return
    _check(data, expected, vocabulary_size)
    if len(_checked) < _MOST_CHECKED:
        _checked.add(checked)


# A file is checked before the weights are read, and where it is used.
_checked: set[tuple[bytes, str, int]] = set()
_MOST_CHECKED = 1_000


def vocabulary_limit(vocabulary_size: int) -> int:
    """Return the most bytes that a vocabulary's file may have.

    Args:
        vocabulary_size: number of rows of the embedding table.

    Example:
        >>> vocabulary_limit(1_000)
        193536
    """
    return min(MAX_VOCABULARY_BYTES, _TOKEN_BYTES * vocabulary_size + (64 << 10))


def _check_structure(data: bytes, vocabulary_size: int) -> None:
    """Refuse a file of more parts than a vocabulary has, before they are made: each takes memory.

    Args:
        data: content of the file.
        vocabulary_size: number of rows of the embedding table.
    """
    if len(data) > vocabulary_limit(vocabulary_size):
        raise CheckpointError(
            f"Expected a vocabulary of at most {vocabulary_limit(vocabulary_size)} bytes. "
            f"Received: {len(data)} bytes"
        )
    # A token has a key and a number, and two parts to be merged of; each text has two quotes.
    # Once more of each, for those that stand within tokens.
    for sign, most in ((b"{", 1), (b"[", 2), (b",", 4), (b'"', 7)):
        count, limit = data.count(sign), most * vocabulary_size + _REST
        if count > limit:
            raise CheckpointError(
                f"Expected a vocabulary of at most {vocabulary_size} tokens, with the sign "
                f"{sign.decode()} at most {limit} times. Received: {count} times"
            )


def _check(data: bytes, expected: dict[str, Any], vocabulary_size: int) -> None:
    _check_structure(data, vocabulary_size)
    content = parse_json(data, Path("tokenizer.json"))
    model = content.get("model") if isinstance(content, dict) else None
    if not isinstance(model, dict) or not isinstance(model.get("vocab"), dict):
        raise CheckpointError(
            "Expected a tokenizer file of the tokenizers library with a vocabulary. "
            f"Received: {shown(content)}"
        )
    vocabulary = model.pop("vocab")
    merges = model.pop("merges", []) if expected is SUBWORDS else []
    # As text: in Python, 1 equals True.
    received, wanted = (json.dumps(form, sort_keys=True) for form in (content, expected))
    if received != wanted:
        part = next(
            (
                name
                for name in (*expected, *content)
                if name not in content
                or name not in expected
                or json.dumps(content[name], sort_keys=True)
                != json.dumps(expected[name], sort_keys=True)
            ),
            "",
        )
        raise CheckpointError(
            f"Expected a tokenizer file as the zoo writes it, in which {part} is "
            f"{shown(expected.get(part, 'not there'), 200)}. Received: "
            f"{shown(content.get(part, 'nothing'), 200)}"
        )
    ids, size = list(vocabulary.values()), vocabulary_size
    if set(map(type, ids)) - {int} or min(ids, default=0) < 0 or max(ids, default=0) >= size:
        wrong = next(number for number in ids if type(number) is not int or not 0 <= number < size)
        raise CheckpointError(
            f"Expected a vocabulary of at most {size} ids, whole numbers from 0. "
            f"Received: id {shown(wrong)}"
        )
    for special in expected["added_tokens"]:
        token, number = special["content"], special["id"]
        if vocabulary.get(token) != number:
            raise CheckpointError(
                f"Expected the id {number} for the token {token} in the vocabulary. "
                f"Received: {vocabulary.get(token)}"
            )
    if len(set(ids)) < len(ids):
        raise CheckpointError("Expected an id of its own for every token. Received: one id twice")
    if not isinstance(merges, list) or len(merges) > vocabulary_size:
        raise CheckpointError(
            f"Expected a list of at most {vocabulary_size} merges. Received: {shown(merges)}"
        )
    for merge in merges:
        if (
            not isinstance(merge, list)
            or len(merge) != 2
            or not all(isinstance(token, str) for token in merge)
            or not {*merge, "".join(merge)} <= vocabulary.keys()
        ):
            raise CheckpointError(
                "Expected merges of two tokens of the vocabulary into a third one. "
                f"Received: {shown(merge)}"
            )
