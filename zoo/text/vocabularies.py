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

__all__ = [
    "INVISIBLE",
    "MAX_VOCABULARY_BYTES",
    "SPACES",
    "SUBWORDS",
    "UNKNOWN_TOKEN",
    "WORDS",
    "check_vocabulary",
    "current",
    "invisible_ranges",
    "is_current",
    "vocabulary_limit",
]

# Characters that show nothing by themselves: soft hyphens, zero-width characters, joiners, marks
# of direction, variation selectors, a byte order mark, tags. All that Unicode calls
# Default_Ignorable_Code_Point, and the anchors of annotations. As ranges and not by that name, so
# that they are the same in every version of every library.
_INVISIBLE = (
    *((0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5)),
    *((0x180B, 0x180F), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164)),
    *((0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFFB)),
    *((0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF)),
)
# Regular expressions of the tokenizers library: what is taken out, and what becomes one space.
INVISIBLE = "[" + "".join(f"\\x{{{a:X}}}-\\x{{{b:X}}}" for a, b in _INVISIBLE) + "]"
SPACES = r"[\s\p{Cc}]+"


def invisible_ranges() -> str:
    """Return the characters of `INVISIBLE` as ranges of Python's regular expressions.

    Example:
        >>> import re
        >>> re.sub(f"[{invisible_ranges()}]", "", "mov\\u00ading")
        'moving'
    """
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in _INVISIBLE)


# Of a vocabulary's file; those of a quarter of a million subwords take 14 MB.
MAX_VOCABULARY_BYTES = 16 << 20
# A token; those of the zoo take 15 to 30.
_TOKEN_BYTES = 128
# What the rest of the file has of any sign, and more, for signs that stand within tokens.
_REST = 10_000
# Of the texts of the largest file, so that they take less than 200 MB.
_MOST_SIGNS = 5_000_000


def _special(*tokens: str) -> list[dict[str, Any]]:
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    return [
        {"id": index, "content": token, **flags, "special": True}
        for index, token in enumerate(tokens)
    ]


def _replacement(text: str, content: str, kind: str = "String") -> dict[str, Any]:
    return {"type": "Replace", "pattern": {kind: text}, "content": content}


def _normalizer(*steps: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Sequence", "normalizers": list(steps)}


def _sequence(name: str, type_id: int) -> dict[str, Any]:
    return {"Sequence": {"id": name, "type_id": type_id}}


_WORD_STEPS = (
    {"type": "NFKC"},
    {"type": "Lowercase"},
    _replacement("<br />", " "),
    *(_replacement(mark, "'") for mark in ("\u2018", "\u2019", "`")),
)
_STRIP = {"type": "Strip", "strip_left": True, "strip_right": True}

# What `zoo.text.encoding.train_word_tokenizer` writes, but for the tokens.
WORDS: dict[str, Any] = {
    "version": "1.0",
    "truncation": None,
    "padding": None,
    "added_tokens": _special("[PAD]", "[UNK]", "[START]"),
    "normalizer": _normalizer(_replacement(INVISIBLE, "", "Regex"), *_WORD_STEPS),
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

UNKNOWN_TOKEN = WORDS["model"]["unk_token"]

_BYTES = {"add_prefix_space": True, "trim_offsets": True, "use_regex": True, "type": "ByteLevel"}

# What `zoo.text.subwords.train_subword_tokenizer` writes, but for the tokens and their merges.
SUBWORDS: dict[str, Any] = {
    "version": "1.0",
    "truncation": None,
    "padding": None,
    "added_tokens": _special("[PAD]", "[UNK]", "[START]", "[END]"),
    "normalizer": _normalizer(
        _replacement(INVISIBLE, "", "Regex"),
        {"type": "NFC"},
        _replacement(SPACES, " ", "Regex"),
        _STRIP,
    ),
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

# What version 0.1.0 wrote in their place; read with the steps of today.
_FORMER = {
    "WordLevel": _normalizer(*_WORD_STEPS),
    "BPE": _normalizer({"type": "NFC"}, _STRIP),
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
        >>> from zoo.text.encoding import train_word_tokenizer
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
    # A token has a key and a number, and a list of two parts that it is merged of; each text has
    # two quotes.
    for sign, most in ((b"{", 1), (b"[", 2), (b",", 4), (b'"', 6)):
        count, limit = data.count(sign), min(most * vocabulary_size + _REST, _MOST_SIGNS)
        if count > limit:
            raise CheckpointError(
                f"Expected a vocabulary of at most {vocabulary_size} tokens, with the sign "
                f"{sign.decode()} at most {limit} times. Received: {count} times"
            )


def _same(received: Any, expected: Any) -> bool:
    """Return whether two values are the same JSON; in Python, 1 equals True."""
    # What equals something small is small.
    return received == expected and json.dumps(received, sort_keys=True) == json.dumps(
        expected, sort_keys=True
    )


def _brief(value: Any) -> str:
    """Return a value for the end of an error message; of a large one only its kind."""
    large = isinstance(value, list | dict) and len(value) > _REST
    return f"a {type(value).__name__} of {len(value)} parts" if large else shown(value, 200)


def _check(data: bytes, expected: dict[str, Any], vocabulary_size: int) -> None:
    _check_structure(data, vocabulary_size)
    content = parse_json(data, Path("tokenizer.json"))
    model = content.get("model") if isinstance(content, dict) else None
    if not isinstance(model, dict) or not isinstance(model.get("vocab"), dict):
        raise CheckpointError(
            "Expected a tokenizer file of the tokenizers library with a vocabulary. "
            f"Received: {_brief(content)}"
        )
    vocabulary = model.pop("vocab")
    if content.get("normalizer") == _FORMER[expected["model"]["type"]]:
        content["normalizer"] = expected["normalizer"]
    merges = model.pop("merges", []) if expected is SUBWORDS else []
    part = next(
        (
            name
            for name in (*expected, *content)
            if name not in content
            or name not in expected
            or not _same(content[name], expected[name])
        ),
        None,
    )
    if part is not None:
        raise CheckpointError(
            f"Expected a tokenizer file as the zoo writes it, in which {shown(part)} is "
            f"{shown(expected.get(part, 'not there'), 200)}. Received: "
            f"{_brief(content.get(part, 'nothing'))}"
        )
    ids, size = list(vocabulary.values()), vocabulary_size
    if set(map(type, ids)) - {int} or min(ids, default=0) < 0 or max(ids, default=0) >= size:
        wrong = next(number for number in ids if type(number) is not int or not 0 <= number < size)
        raise CheckpointError(
            f"Expected a vocabulary of at most {size} ids, whole numbers from 0. "
            f"Received: id {_brief(wrong)}"
        )
    for special in expected["added_tokens"]:
        token, number = special["content"], special["id"]
        if vocabulary.get(token) != number:
            raise CheckpointError(
                f"Expected the id {number} for the token {token} in the vocabulary. "
                f"Received: {_brief(vocabulary.get(token))}"
            )
    if len(set(ids)) < len(ids):
        raise CheckpointError("Expected an id of its own for every token. Received: one id twice")
    if not isinstance(merges, list) or len(merges) > vocabulary_size:
        raise CheckpointError(
            f"Expected a list of at most {vocabulary_size} merges. Received: {_brief(merges)}"
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
                f"Received: {_brief(merge)}"
            )


def current(data: bytes) -> bytes:
    """Return a vocabulary's file that was checked with the steps that are written today.

    Args:
        data: content of a `tokenizer.json`.

    Example:
        >>> from zoo.text.encoding import train_word_tokenizer
        >>> data = train_word_tokenizer(["a b"], 9).to_str().encode("utf-8")
        >>> current(data) == data
        True
    """
    if is_current(data):
        return data
    content = json.loads(data)
    steps = next(
        one for one in (WORDS, SUBWORDS) if one["model"]["type"] == content["model"]["type"]
    )
    content["normalizer"] = steps["normalizer"]
    return json.dumps(content, ensure_ascii=False, indent=2).encode("utf-8")


def is_current(data: bytes) -> bool:
    """Return whether a vocabulary's file that was checked has the steps that are written today.

    Args:
        data: content of a `tokenizer.json`.

    Example:
        >>> from zoo.text.encoding import train_word_tokenizer
        >>> is_current(train_word_tokenizer(["a b"], 9).to_str().encode("utf-8"))
        True
    """
    content = json.loads(data)
    return bool(content.get("normalizer") != _FORMER[content["model"]["type"]])
