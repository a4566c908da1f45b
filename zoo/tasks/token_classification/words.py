"""Raw text to words and sentences, by rule, with where each stands; as CoNLL's are cut."""

from __future__ import annotations

import re
import sys
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from functools import cache

from zoo.text.forms import invisible_ranges

__all__ = [
    "ENDINGS",
    "STARTERS",
    "TITLES",
    "WRAPPED",
    "Place",
    "sentence_places",
    "word_places",
]

# First character, and the one after the last.
Place = tuple[int, int]

TITLES = (
    "Mr|Mrs|Ms|Dr|Prof|St|Rev|Lt|Col|Sgt|Capt|Gen|Gov|Sen|Rep|Hon|Pres|Messrs|Mme|Mlle|Ft|Mt|"
    "Fr|Jr|Sr|vs|v|No|Nos|vol|pp|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec"
)
ENDINGS = (
    "Inc|Corp|Ltd|Co|Cos|Bros|Plc|etc|Calif|Fla|Conn|Mass|Mich|Minn|Tenn|Pa|Va|Ore|Wash|Ariz|"
    "Ark|Colo|Okla|Tex|Wis|Ill|Ind|Ga|La|Md|Miss|Mo|Mont|Neb|Nev|Ky|Ala|approx|est|dept"
)
_CLITICS = r"(?i:s|re|m|ve|ll|d)"

# Words that begin a sentence far more often than a name does, after what may be an abbreviation.
STARTERS = (
    "The|A|An|He|She|It|They|We|You|I|In|On|At|But|And|If|This|That|These|Those|There|When|"
    "While|However|After|Before|As|For|From|His|Her|Its|Their|Our|My|Not|No|Yes|So|Then|"
    "Also|Although|Meanwhile|What|Who|Why|How|Where|With|To|By|One|Some|Many|Most|All"
)
_starts = re.compile(STARTERS).fullmatch
_ENDS = frozenset(".!?\u2026\u3002\uff01\uff1f\u061f\u0964")
_WIDE_ENDS = frozenset("\u3002\uff01\uff1f")
_CLOSING = frozenset(["'", '"', "''", ")", "]", "}", "\u201d", "\u2019", "\u00bb", "\u300d"])
WRAPPED = 50  # characters of a line that is cut because it is full, and not because it ends


@cache
def _marks() -> str:
    """Return all marks that belong to the sign before them, as in a set of a regular expression.

    Python's own set of letters lacks them, so that a word of Hindi, or an accent that stands for
    itself, would be cut. Joiners are among them.
    """
    marks = [
        c for c in map(chr, range(0x300, sys.maxunicode // 8)) if unicodedata.category(c)[0] == "M"
    ]
    runs: list[list[int]] = []
    for number in sorted({*map(ord, marks), 0x00AD, 0x200C, 0x200D, *range(0xE0100, 0xE01F0)}):
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return "".join(f"{re.escape(chr(a))}-{re.escape(chr(b))}" for a, b in runs)


@cache
def _pattern(ascii_only: bool) -> re.Pattern[str]:
    """Return what a word is; the one for ASCII alone finds the same in it, sooner."""
    marks = "" if ascii_only else _marks()
    word = rf"[\w{marks}]"
    shown = r"(?:(?![\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff])[^\w\s\x00-\x1f\x7f-\x9f])"
    more = (
        rf"(?:[{marks}\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]|(?<=\u200d){shown})*"
        if marks
        else ""
    )
    return re.compile(
        rf"""
        [A-Za-z]+(?=[\s,;)"?!]|\Z)                             # first, for most are like that
        | (?:https?://|www\.)[^\s<>"]*[\w/]                       # an address
        | (?<![\w.+-])[\w.+-]{{1,64}}@\w[\w-]*(?:\.\w[\w-]*)*   # one of mail
        | [@\#]\w+                                              # a handle
        | [A-Z]{{1,3}}\$                                        # US$
        | (?P<dotted>
            (?<!\w)(?:[^\W\d_]\.){{2,}}(?!\w|-\w)               # U.S.
            | (?<!\w)[A-Z]\.(?=\s+[^\W\d_]|-?[A-Z][a-z])        # J.
            | (?<!\w)(?:{TITLES})\.(?=\s+\S)
            | (?<!\w)(?:{ENDINGS})\.(?=[,;:)]|\s+\S)
          )
        | (?<!\w)(?:[^\W\d_]\.){{2,}}(?:-\w+)+                  # U.S.-led
        | (?m:^)[ \t]*(?P<listed>\d{{1,3}}\.)(?=[ \t]+\S)       # 2. of a list
        | (?:\+(?=\d)|\.(?=\d))?\w{word}*
          (?:
            (?:
                [-&\u2010\u2011\u00b7]
                | \.(?!(?<=[a-z].)[A-Z])
                | ['\u2019](?!{_CLITICS}(?!{word}))
                | (?<=\d)[,:/](?=\d)
            )
            {word}+
          )*
        | ['\u2019]{_CLITICS}(?!{word})
        | ([-=*~.\u2014])\3+                                    # --, ...
        | `` | ''
        | [\U0001f1e6-\U0001f1ff]{{2}}                          # a flag
        | {shown}{more}
        """,
        re.VERBOSE,
    )


@cache
def _hidden() -> tuple[re.Pattern[str], ...]:
    """Return what shows nothing: first all but joiners, then those that join no two emoji."""
    emoji = rf"[^\w\s\x00-\x1f\x7f-\x9f{_marks()}]"
    return (
        re.compile(f"(?!\u200d)[{invisible_ranges()}]"),
        re.compile(rf"(?<!{emoji})\u200d|\u200d(?!{emoji})"),
    )


@cache
def _clinging() -> re.Pattern[str]:
    """Return what of it belongs to the sign before it all the same, such as its colour."""
    return re.compile(rf"[{_marks()}\U000e0020-\U000e007f]*")


class _Shown:
    """What shows of a text, and where it stands there.

    Args:
        raw: the text.

    Attributes:
        text: what words are cut of.
    """

    def __init__(self, raw: str) -> None:
        self._raw, self.text = raw, raw
        self._places: Sequence[int] = range(len(raw))
        if raw.isascii():
            return
        for hidden in _hidden():
            found = [match.start() for match in hidden.finditer(self.text)]
            if found:
                gone = set(found)
                kept = [at for at in range(len(self.text)) if at not in gone]
                self._places = [self._places[at] for at in kept]
                self.text = hidden.sub("", self.text)

    def inside(self, place: Place) -> Place:
        """Return where a place of the text is in what shows of it."""
        start, end = (bisect_left(self._places, at) for at in place)
        return start, end

    def outside(self, place: Place) -> Place:
        """Return where a place of what shows is in the text."""
        start, end = place
        following = self._places[end] if end < len(self._places) else len(self._raw)
        last = self._places[end - 1] + 1
        clinging = _clinging().match(self._raw, last, following) if last < following else None
        return self._places[start], clinging.end() if clinging else last


_NEGATED = re.compile(r"[nN]['\u2019][tT]")


def word_places(text: str) -> list[Place]:
    """Return where the words of a text stand, sentences and all.

    Marks stand apart, but for those within words, numbers and addresses; abbreviations keep
    their period; `n't` and `'s` are words. What belongs together on a screen, such as the parts
    of an emoji or an accent and its letter, is never cut; and what shows nothing, such as a soft
    hyphen, cuts nothing.

    Args:
        text: the text.

    Example:
        >>> text = "Mr. Lee's U.S. firm didn't pay $1,000 (1996-08-22)."
        >>> " ".join(text[start:end] for start, end in word_places(text))
        "Mr. Lee 's U.S. firm did n't pay $ 1,000 ( 1996-08-22 ) ."
    """
    shown = _Shown(text)
    return [shown.outside(place) for place, _ in _words(shown.text)]


def _words(text: str) -> list[tuple[Place, bool]]:
    """Return where words stand, and whether each ends with the period of an abbreviation."""
    found: list[tuple[Place, bool]] = []
    for match in _pattern(text.isascii()).finditer(text):
        start, end = match.span("listed") if match["listed"] else match.span()
        if end - start > 3 and _NEGATED.match(text, end - 3) and text[start : end - 3].isalpha():
            found.append(((start, end - 3), False))
            start = end - 3
        found.append(((start, end), match["dotted"] is not None))
    return found


def sentence_places(text: str, whole: Sequence[Place] = ()) -> list[list[Place]]:
    """Return where the words of every sentence of a text stand.

    A sentence ends with its mark where what follows does not go on in lower case; at an empty
    line; and with a line that ends with a mark or is shorter than lines are wrapped at, where
    the next begins with no small letter. The period of an abbreviation that ends a sentence is
    a word of its own.

    Args:
        text: the text.
        whole: what lies in one sentence whatever it holds, such as entities that are known.

    Example:
        >>> text = "He left the U.S. in May. She did too."
        >>> [[text[a:b] for a, b in sentence] for sentence in sentence_places(text)]
        [['He', 'left', 'the', 'U.S.', 'in', 'May', '.'], ['She', 'did', 'too', '.']]
    """
    shown = _Shown(text)
    found = _sentences(shown.text, sorted(map(shown.inside, whole)))
    return [[shown.outside(place) for place in sentence] for sentence in found]


def _sentences(text: str, inner: Sequence[Place]) -> list[list[Place]]:
    """Return where words stand by sentences, in a text all of which shows."""
    words = _words(text)
    sentences: list[list[Place]] = []
    current: list[Place] = []
    ended = False  # a mark has ended it, and no word has followed but what closes
    at = 0
    for number, ((start, end), dotted) in enumerate(words):
        current.append((start, end))
        word = text[start:end]
        following = words[number + 1][0] if number + 1 < len(words) else None
        ended = (word[0] in _ENDS and set(word) <= _ENDS) or (ended and word in _CLOSING)
        if following is None:
            over = True
        else:
            gap = text[end : following[0]]
            after = text[following[0] : following[1]]
            if ended and after in _CLOSING and not gap:
                over = False
            else:
                over = _is_over(text, start, gap, word, after, ended, dotted)
            while at < len(inner) and inner[at][1] <= end:
                at += 1
            if over and at < len(inner) and inner[at][0] < end:
                over = False
        if over:
            if dotted and (end - start > 2 or following is None):
                current[-1:] = [(start, end - 1), (end - 1, end)]
            sentences.append(current)
            current, ended = [], False
    return sentences


def _is_over(
    text: str, start: int, gap: str, word: str, after: str, ended: bool, dotted: bool
) -> bool:
    """Return whether a sentence ends between two words."""
    lines = gap.count("\n") or gap.count("\r") + gap.count("\u2029")
    if lines > 1 or "\u2029" in gap:
        return True
    small = after[0].islower()
    if lines and not small:
        line = start + len(word) - 1 - max(text.rfind("\n", 0, start), text.rfind("\r", 0, start))
        if ended or line < WRAPPED:
            return True
    if ended and not small:
        return bool(gap) or word[-1] in _WIDE_ENDS
    return dotted and bool(gap) and _starts(after) is not None
