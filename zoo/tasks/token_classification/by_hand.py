"""How a published graph of a tagger is asked by hand: a sentence of words, without the zoo."""

from __future__ import annotations

from zoo.common.escape import quoted

__all__ = ["WORDS", "example"]

WORDS = ("EU", "rejects", "German", "call", "to", "boycott", "British", "lamb", ".")

_CODE = r"""import re

words = [WORDS]

def vocabulary(name):
    return VOCABULARY

known, letters, affixes = map(vocabulary, ("tokenizer", "letter_tokenizer", "affix_tokenizer"))

def shape(word):
    alphas = [c for c in word if c.isalpha()]
    upper = [c.isupper() for c in alphas]
    if not alphas or not any(upper):
        case = bool(alphas)
    elif len(alphas) == 1 or all(upper):
        case = 2 if len(alphas) == 1 else 3
    else:
        case = 6 if not upper[0] else 5 if any(upper[1:]) else 4
    marks = "".join({c for c in word if not c.isalnum()})
    digits = 0 if "0" not in word else 1 if alphas else 2
    of_marks = ["", "-", ".", "'"].index(marks) if marks in ("", "-", ".", "'") else 4
    return 1 + (case * 3 + digits) * 5 + of_marks

feed = {name: np.zeros((1, len(words) + 1), np.int32) for name in ("token_ids", "shapes")}
feed["letters"] = np.zeros((1, len(words) + 1, 24), np.int32)
feed["affixes"] = np.zeros((1, len(words) + 1, 6), np.int32)
feed["token_ids"][0, -1] = 2  # the end of the sentence
for at, word in enumerate(re.sub(r"\d", "0", word) for word in words):
    lower = word.lower()
    feed["token_ids"][0, at] = known.get(lower, 1)
    feed["shapes"][0, at] = shape(word)
    read = word if len(word) <= 22 else word[:11] + word[-11:]
    feed["letters"][0, at, : len(read) + 2] = [2, *(letters.get(c, 1) for c in read), 2]
    for place, size in enumerate((2, 3, 4, -2, -3, -4)):
        if len(lower) >= abs(size):
            affix = f"^{lower[:size]}" if size > 0 else f"${lower[size:]}"
            feed["affixes"][0, at, place] = affixes.get(affix, 1)
lowered = [word.lower() for word in words]
groups = [[*map(lowered.index, lowered), len(words)]]
feed["groups"] = np.array(groups, np.int32)
feed["lengths"] = np.array([len(words) + 1], np.int32)
ASK
emissions = np.asarray(answer["emissions"])[0, : len(words)]
chain = {name: np.asarray(answer[name]) for name in ("transitions", "start", "end")}
best, paths = chain["start"] + emissions[0], []
for row in emissions[1:]:
    moves = best[:, None] + chain["transitions"]
    paths.append(moves.argmax(axis=0))
    best = moves.max(axis=0) + row
path = [int((best + chain["end"]).argmax())]
for back in reversed(paths):
    path.insert(0, int(back[path[0]]))"""


def example(vocabulary: str, ask: str) -> str:
    """Return Python that asks a graph about a sentence and chooses its tags, as numbers in `path`.

    Args:
        vocabulary: what returns the numbers of what a vocabulary called `name` holds.
        ask: what puts into `answer` the graph's outputs by name, given its inputs in `feed`.
    """
    code = _CODE.replace("VOCABULARY", vocabulary).replace("ASK", ask)
    return code.replace("WORDS", ", ".join(map(quoted, WORDS)))
