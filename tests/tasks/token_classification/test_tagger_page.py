"""The page of a tagger cuts and reads words as the zoo does, and chooses the same tags."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from zoo import checkpoint
from zoo.tasks.token_classification.emissions import features_of
from zoo.tasks.token_classification.graph import chain_of
from zoo.tasks.token_classification.testing import make_tagger
from zoo.tasks.token_classification.words import (
    ENDINGS,
    STARTERS,
    TITLES,
    WRAPPED,
    sentence_places,
)
from zoo.text.tags import spans, to_iob2

SCRIPT = Path(__file__).parents[3] / "zoo/tasks/token_classification/web.js"
TEXTS = [
    "Mr. Lee's U.S. firm didn't pay $1,000 (1996-08-22). He left the U.S. The rest is history.",
    "He said \"No.\" Then he left... O'Brien can't go to AT&T's, don\u2019t ask!",
    "2. Germany 3\n3. U.S.\n\nPeter Blackburn\nBRUSSELS 1996-08-22\nThe end.",
    "J.P. Morgan & Co. is a U.S.-led 30-year plan--again; www.x.com, http://x.org/a?b=1. me@x.com",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467 in \U0001f1e9\U0001f1ea Cafe\u0301",
    "\u6771\u4eac\u3002\u6b21\u3002",
    "+44 171 .500 AA+ 3-1/2 6-3 10:30 rock'n'roll @me #tag C$5 end.The \uff25\uff35 na\u00adme",
    "",
    "Lon\u200bdon U.\u00adS. do\u2060n't \u00adMr\ufeff. Lee\u200d's a\u200b."
    " \u200eThe\u00ad end.\u200f B \u200d",
    "\u2764\ufe0f\u200d\U0001f525 \U0001f3f4\U000e0067\U000e0062\U000e007f"
    " x\ufe0f \U0001f469\u200dA \u200b\U0001f469 1\ufe0f\u20e3",
    "\u0928\u092e\u0938\u094d\u0924\u0947",
    "d'Italia xYz McDonald's IBM's 22nd x2 - \u2014\u2014 ''a``",
]
TASK = """
import {readFileSync, writeFileSync} from "node:fs";
import {Chain, Cutter, Features, names} from "./model.mjs";
const given = JSON.parse(readFileSync("given.json", "utf-8"));
const cutter = new Cutter(given.cutting);
const features = new Features(...given.vocabularies.map(one => new Map(Object.entries(one))));
const chain = new Chain(given.transitions, given.start, given.end);
writeFileSync("found.json", JSON.stringify({
  sentences: given.texts.map(text =>
    cutter.sentences(text).map(one => one.map(([start, end]) => text.slice(start, end)))),
  words: given.words.map(word => features.read(word)),
  paths: given.emissions.map(one => chain.tags(one)),
  names: given.emissions.map(one => names(chain.tags(one), given.tags)),
  shares: given.emissions.map((one, at) => chain.share(one, 0, given.paths[at].slice(0, 2))),
}));
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="no Node here")
def test_the_page_computes_what_the_pipeline_does(tmp_path):
    source = checkpoint.read(make_tagger(tmp_path / "tagger"))
    features, chain = features_of(source), chain_of(source)
    tags = ["O", *(f"{letter}-{label}" for label in source.info.labels for letter in "BIES")]
    sentences = [
        [[text[a:b] for a, b in sentence] for sentence in sentence_places(text)] for text in TEXTS
    ]
    words = sorted({word for text in sentences for one in text for word in one} | {"x" * 30})
    generator = np.random.default_rng(1)
    emissions = [generator.normal(0, 2, (length, len(tags))) for length in (2, 3, 7, 12)]
    paths = [chain.decode(one[None], [len(one)])[0] for one in emissions]
    given = {
        "cutting": {
            "titles": TITLES,
            "endings": ENDINGS,
            "starters": STARTERS,
            "wrapped": WRAPPED,
        },
        "texts": TEXTS,
        "words": words,
        "vocabularies": [features.words, features.letters, features.affixes],
        "transitions": chain.transitions.ravel().tolist(),
        "start": chain.start.tolist(),
        "end": chain.end.tolist(),
        "emissions": [one.tolist() for one in emissions],
        "paths": [path.tolist() for path in paths],
        "tags": tags,
    }
    (tmp_path / "given.json").write_text(json.dumps(given), encoding="utf-8")
    (tmp_path / "model.mjs").write_text(
        SCRIPT.read_text(encoding="utf-8").replace("./parts.js", "./parts.mjs"), encoding="utf-8"
    )
    parts = "export const breath = 0, made = 0, percent = 0;"
    (tmp_path / "parts.mjs").write_text(parts, encoding="utf-8")
    (tmp_path / "task.mjs").write_text(TASK, encoding="utf-8")
    subprocess.run(["node", "task.mjs"], cwd=tmp_path, check=True, timeout=120)
    found = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))

    for text, ours, theirs in zip(TEXTS, sentences, found["sentences"], strict=True):
        assert theirs == ours, text
    table = features.table(words)
    for row, (word, read) in enumerate(zip(words, found["words"], strict=True)):
        expected = {
            "token": int(table.token_ids[row]),
            "letters": [n for n in table.letters[row].tolist() if n],
            "shape": int(table.shapes[row]),
            "affixes": table.affixes[row].tolist(),
        }
        assert read == expected, word
    assert found["paths"] == given["paths"]
    for path, names in zip(paths, found["names"], strict=True):
        assert [tuple(one) for one in names] == spans(to_iob2([tags[tag] for tag in path]))
    shares = [
        chain.span_probabilities(one[None], [len(one)], [(0, 0, path[:2].tolist())])[0]
        for one, path in zip(emissions, paths, strict=True)
    ]
    np.testing.assert_allclose(np.exp(found["shares"]), shares, rtol=1e-9)
