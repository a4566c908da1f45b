"""The vocabularies that there are: all that a `tokenizer.json` of each holds but its tokens.

A `tokenizer.json` of the tokenizers library is a program: regular expressions that may take for
ever, normalizers, templates that add ids of their own. A file is therefore compared with one of
these, see `zoo.text.vocabularies`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

__all__ = [
    "CHARACTERS",
    "FORMER",
    "INVISIBLE",
    "LETTERS",
    "LINE_END",
    "PLAIN_CHARACTERS",
    "PLAIN_LETTERS",
    "PLAIN_WORDS",
    "PLAIN_WORDS_LOWERCASE",
    "SPACES",
    "SUBWORDS",
    "SYMBOLS",
    "UNKNOWN_TOKEN",
    "WORDS",
    "invisible_ranges",
    "make_tokenizer",
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

# What `zoo.text.characters.train_characters` writes, but for the tokens: a token of every
# character, for classifiers. White space between words is one plain space, and none around them.
CHARACTERS: dict[str, Any] = {
    **WORDS,
    "normalizer": SUBWORDS["normalizer"],
    "pre_tokenizer": {
        "type": "Split",
        "pattern": {"Regex": r"[\s\S]"},
        "behavior": "Isolated",
        "invert": False,
    },
}

# What `zoo.text.units` writes for encoder-decoders whose units are characters or words, but for the
# tokens: the letters of what is read, in lower case; those of what is written, as they are; and
# what stands between white space, on either side.
PLAIN_LETTERS: dict[str, Any] = {
    **CHARACTERS,
    "added_tokens": SUBWORDS["added_tokens"],
    "post_processor": None,
    "decoder": {"type": "Fuse"},
}
LETTERS: dict[str, Any] = {
    **PLAIN_LETTERS,
    "normalizer": _normalizer(*SUBWORDS["normalizer"]["normalizers"], {"type": "Lowercase"}),
}
SYMBOLS: dict[str, Any] = {
    **PLAIN_LETTERS,
    "pre_tokenizer": {
        "type": "Split",
        "pattern": {"String": " "},
        "behavior": "Removed",
        "invert": False,
    },
    "decoder": None,
}

# The token of a line's end in words; in characters it is the line feed itself.
LINE_END = "<eos>"


def _plain(special: Iterable[str], **parts: Any) -> dict[str, Any]:
    return {
        **WORDS,
        "added_tokens": _special(*special),
        "post_processor": None,
        "model": {"type": "WordLevel", "unk_token": "<unk>"},
        **parts,
    }


def _plain_words(*steps: dict[str, Any]) -> dict[str, Any]:
    return _plain(
        ("[PAD]", "<unk>", LINE_END),
        # A text that spells the padding out is no padding, but a word that nobody knows.
        normalizer=_normalizer(
            *steps, _replacement("[PAD]", "<unk>"), _replacement("\n", f" {LINE_END} ")
        ),
        pre_tokenizer={
            "type": "Split",
            # What Python calls white space.
            "pattern": {"Regex": r"[\s\x{1C}-\x{1F}]+"},
            "behavior": "Removed",
            "invert": False,
        },
    )


# What `zoo.text.language` writes for language models, but for the tokens: what stands between
# white space, of files that are distributed in words, as they are or in lower case; and every
# character as it is.
PLAIN_WORDS = _plain_words()
PLAIN_WORDS_LOWERCASE = _plain_words({"type": "Lowercase"})
PLAIN_CHARACTERS = _plain(
    ("[PAD]", "<unk>", "\n"),
    normalizer=None,
    pre_tokenizer=CHARACTERS["pre_tokenizer"],
)

# What version 0.1.0 wrote in their place; read with the steps of today.
FORMER = {
    "WordLevel": _normalizer(*_WORD_STEPS),
    "BPE": _normalizer({"type": "NFC"}, _STRIP),
}


def make_tokenizer(form: dict[str, Any], tokens: Iterable[str]) -> Any:
    """Return a tokenizer of words or characters.

    Args:
        form: one of the vocabularies of this module that is no `SUBWORDS`.
        tokens: its tokens in the order of their ids, which follow those of the special tokens.

    Example:
        >>> make_tokenizer(CHARACTERS, "ab").encode("ba").ids
        [2, 4, 3]
    """
    from tokenizers import Tokenizer

    special = [token["content"] for token in form["added_tokens"]]
    vocabulary = {token: number for number, token in enumerate([*special, *tokens])}
    content = {**form, "model": {**form["model"], "vocab": vocabulary}}
    return Tokenizer.from_str(json.dumps(content, ensure_ascii=False))
