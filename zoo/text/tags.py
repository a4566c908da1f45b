"""Tags of words: what is one thing over several words, in the ways that files write it down.

Outside a model tags are IOB2: `B-PER` begins a thing, `I-PER` goes on with it, `O` is none. Inside
they are IOBES, where the last word is `E-PER` and a single one `S-PER`. Files may also be IOB1,
where `B-` stands only between two things of one type that touch.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from zoo.errors import InputError, shown

__all__ = [
    "OUTSIDE",
    "SCHEMES",
    "Span",
    "iobes_names",
    "repair",
    "scheme_of",
    "spans",
    "split_tag",
    "tags_of",
    "to_iob2",
    "to_iobes",
]

OUTSIDE = "O"
SCHEMES = ("IOB2", "IOB1", "IOBES")

# The type, the first word, and the one after the last.
Span = tuple[str, int, int]

_TAG = re.compile(r"([BIESLUM])-(.+)", re.DOTALL)
# Other letters for the last word, the single one and those between: BILOU and BMES.
_LETTERS = {"L": "E", "U": "S", "M": "I"}


def split_tag(tag: str) -> tuple[str, str]:
    """Return the letter of a tag, one of B, I, E, S and O, and the type; of `O` it is empty.

    Args:
        tag: the tag, in any scheme.

    Raises:
        InputError: it is no tag.

    Example:
        >>> split_tag("B-PER"), split_tag("U-LOC"), split_tag("O")
        (('B', 'PER'), ('S', 'LOC'), ('O', ''))
    """
    if tag == OUTSIDE:
        return OUTSIDE, ""
    found = _TAG.fullmatch(tag)
    if found is None:
        raise InputError(f"Expected a tag such as B-PER, I-PER or O. Received: {shown(tag)}")
    letter, kind = found.groups()
    return _LETTERS.get(letter, letter), kind


def scheme_of(sequences: Iterable[Sequence[str]]) -> str:
    """Return which of `SCHEMES` tags are in: that which they break least, the first of equals.

    Args:
        sequences: the tags of every sentence.

    Raises:
        InputError: something is no tag.

    Example:
        >>> scheme_of([["I-PER", "I-PER", "B-PER"]]), scheme_of([["B-PER", "I-PER"], ["S-LOC"]])
        ('IOB1', 'IOBES')
    """
    broken = dict.fromkeys(SCHEMES, 0)
    for tags in sequences:
        before = (OUTSIDE, "")
        for tag in tags:
            letter, kind = split_tag(tag)
            if letter in "ES":
                return "IOBES"
            inside = before[0] != OUTSIDE and before[1] == kind
            broken["IOB2"] += letter == "I" and not inside
            broken["IOB1"] += letter == "B" and not inside
            before = (letter, kind)
    return min(("IOB2", "IOB1"), key=broken.__getitem__)


def tags_of(found: Iterable[Span], length: int) -> list[str]:
    """Return things as IOB2 tags.

    Args:
        found: the things, none of which overlap.
        length: number of words.

    Example:
        >>> tags_of([("PER", 0, 2)], 3)
        ['B-PER', 'I-PER', 'O']
    """
    tags = [OUTSIDE] * length
    for kind, start, end in found:
        tags[start:end] = [f"B-{kind}", *[f"I-{kind}"] * (end - start - 1)]
    return tags


def repair(tags: Sequence[str], scheme: str = "IOB2") -> tuple[list[str], int]:
    """Return tags as IOB2 that break no rule, and how many of them did, each counted once.

    What goes on with nothing begins a thing, as conlleval counts it; what ends in the middle of
    nothing is a thing of one word; and a thing that never ends lasts as long as its words go on.

    Args:
        tags: the tags of a sentence.
        scheme: which of `SCHEMES` they are in.

    Raises:
        InputError: something is no tag, or has letters that the scheme lacks.

    Example:
        >>> repair(["O", "I-PER", "I-LOC"])
        (['O', 'B-PER', 'B-LOC'], 2)
        >>> repair(["B-PER", "O", "S-LOC"], "IOBES")
        (['B-PER', 'O', 'B-LOC'], 1)
    """
    repaired: list[str] = []
    wrong: set[int] = set()  # where tags stand that break a rule, which one may do twice
    open_kind = ""  # the type of the thing that may go on
    touching = scheme == "IOB1"
    for at, tag in enumerate(tags):
        letter, kind = split_tag(tag)
        if scheme != "IOBES" and letter in "ES":
            raise InputError(f"Expected tags in {scheme}, such as B-PER or O. Received: {tag!r}")
        goes_on = letter in "IE" and open_kind == kind and kind != ""
        if scheme == "IOBES":
            # Begun, and not ended by what follows; or gone on with, and never begun.
            if open_kind and not goes_on:
                wrong.add(at - 1)
            if letter in "IE" and not goes_on:
                wrong.add(at)
            open_kind = kind if letter in "BI" else ""
        else:
            if letter == "I" and not goes_on and not touching:
                wrong.add(at)
            open_kind = kind
        repaired.append(OUTSIDE if letter == OUTSIDE else f"I-{kind}" if goes_on else f"B-{kind}")
    if scheme == "IOBES" and open_kind:
        wrong.add(len(tags) - 1)
    return repaired, len(wrong)


def to_iob2(tags: Sequence[str], scheme: str = "IOBES") -> list[str]:
    """Return tags as IOB2.

    Args:
        tags: the tags of a sentence.
        scheme: which of `SCHEMES` they are in.

    Example:
        >>> to_iob2(["B-PER", "E-PER", "S-LOC"])
        ['B-PER', 'I-PER', 'B-LOC']
    """
    return repair(tags, scheme)[0]


def to_iobes(tags: Sequence[str]) -> list[str]:
    """Return IOB2 tags as IOBES.

    Args:
        tags: the tags of a sentence, which break no rule.

    Example:
        >>> to_iobes(["B-PER", "I-PER", "B-LOC", "O"])
        ['B-PER', 'E-PER', 'S-LOC', 'O']
    """
    changed = [OUTSIDE] * len(tags)
    for kind, start, end in spans(tags):
        letters = "S" if end - start == 1 else f"B{'I' * (end - start - 2)}E"
        changed[start:end] = [f"{letter}-{kind}" for letter in letters]
    return changed


def iobes_names(labels: Sequence[str]) -> list[str]:
    """Return the tags of a model in their order: `O`, then B, I, E and S of every type.

    Args:
        labels: the types.

    Example:
        >>> iobes_names(["LOC"])
        ['O', 'B-LOC', 'I-LOC', 'E-LOC', 'S-LOC']
    """
    return [OUTSIDE, *(f"{letter}-{label}" for label in labels for letter in "BIES")]


def spans(tags: Sequence[str]) -> list[Span]:
    """Return the things that strict IOB2 tags hold: those that begin with `B-`.

    Args:
        tags: the tags of a sentence.

    Returns:
        The type, first word and the one after the last of each.

    Example:
        >>> spans(["B-PER", "I-PER", "B-LOC", "O", "I-LOC"])
        [('PER', 0, 2), ('LOC', 2, 3)]
    """
    found: list[Span] = []
    kind, start = "", 0
    for place, tag in enumerate([*tags, OUTSIDE]):
        if kind and tag != f"I-{kind}":
            found.append((kind, start, place))
            kind = ""
        if tag.startswith("B-"):
            kind, start = tag[2:], place
    return found
