"""What a vocabulary's file may hold: a tokenizer of the zoo, and no other.

A `tokenizer.json` of the tokenizers library is a program: regular expressions that may take for
ever, normalizers, templates that add ids of their own. All of it but the tokens is therefore
compared with what the zoo writes, before the library sees a byte of it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from zoo.common.strict_json import parse_json
from zoo.errors import CheckpointError, shown
from zoo.text.forms import CHARACTERS, FORMER, SUBWORDS, WORDS

__all__ = [
    "MAX_VOCABULARY_BYTES",
    "check_vocabulary",
    "current",
    "is_current",
    "vocabulary_limit",
]

# Of a vocabulary's file; those of a quarter of a million subwords take 14 MB.
MAX_VOCABULARY_BYTES = 16 << 20
# A token; those of the zoo take 15 to 30.
_TOKEN_BYTES = 128
# What the rest of the file has of any sign, and more, for signs that stand within tokens.
_REST = 10_000
# Of the texts of the largest file, so that they take less than 200 MB.
_MOST_SIGNS = 5_000_000


def check_vocabulary(
    data: bytes, expected: dict[str, Any], vocabulary_size: int, *others: dict[str, Any]
) -> None:
    """Refuse a vocabulary's file that is not one of the zoo's, or whose ids have no embedding.

    Args:
        data: content of a `tokenizer.json`.
        expected: all that it holds but the tokens, one of `zoo.text.forms`.
        vocabulary_size: number of rows of the embedding table.
        others: what it may hold instead; how it splits texts tells which.

    Raises:
        CheckpointError: it is malformed, does more than the zoo's tokenizers do, or gives ids
            that are out of the table, or twice.

    Example:
        >>> from zoo.text.encoding import train_word_tokenizer
        >>> from zoo.text.forms import WORDS
        >>> data = train_word_tokenizer(["a b"], 9).to_str().encode("utf-8")
        >>> check_vocabulary(data, WORDS, vocabulary_size=9)
    """
    checked = hashlib.sha256(data).digest(), repr((expected, others)), vocabulary_size
    if checked in _checked:
        return
    _check(data, (expected, *others), vocabulary_size)
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


def _check(data: bytes, forms: Sequence[dict[str, Any]], vocabulary_size: int) -> None:
    _check_structure(data, vocabulary_size)
    content = parse_json(data, Path("tokenizer.json"))
    model = content.get("model") if isinstance(content, dict) else None
    if not isinstance(model, dict) or not isinstance(model.get("vocab"), dict):
        raise CheckpointError(
            "Expected a tokenizer file of the tokenizers library with a vocabulary. "
            f"Received: {_brief(content)}"
        )
    split = content.get("pre_tokenizer")
    expected = next((form for form in forms if form["pre_tokenizer"] == split), forms[0])
    vocabulary = model.pop("vocab")
    if expected in (WORDS, SUBWORDS) and content.get("normalizer") == _former(expected):
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
    if expected["pre_tokenizer"] == CHARACTERS["pre_tokenizer"]:
        special = {token["content"] for token in expected["added_tokens"]}
        if long := [token for token in vocabulary if len(token) != 1 and token not in special]:
            raise CheckpointError(
                "Expected a vocabulary of single characters, such as 'a'. "
                f"Received: {_brief(long[0])}"
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


def _former(content: dict[str, Any]) -> Any:
    return FORMER[content["model"]["type"]]


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
    return bool(content.get("normalizer") != _former(content))
