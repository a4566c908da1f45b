"""Score translations: BLEU, chrF and ROUGE-L of what a pipeline writes, and its perplexity."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.errors import InputError
from zoo.schema import Metric
from zoo.text.doubts import Doubts

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from zoo.datasets import PairDataset
    from zoo.tasks.translation.pipeline import TranslationPipeline

__all__ = [
    "TRANSLATION_METRICS",
    "draw_bleu_by_length",
    "evaluate_translation",
    "translation_metrics",
]

TRANSLATION_METRICS = ("bleu", "chrf", "rouge_l", "perplexity", "brevity_penalty")
CONFIDENCE = 0.95
RESAMPLES = 1_000
_SEED = 0
_LENGTHS = (5, 10, 15, 20, 25, 30)


def translation_metrics(
    translations: Sequence[str],
    references: Sequence[str],
    log_probabilities: np.ndarray,
    tokens: np.ndarray,
    split: str,
) -> tuple[Metric, ...]:
    """Return BLEU, chrF, ROUGE-L, perplexity and brevity penalty with 95 % intervals.

    BLEU and chrF are sacreBLEU's, from 0 to 100, of cased text as it reads, and so are their
    intervals; the others have percentile bootstraps over the sentences. ROUGE-L, from 0 to 1,
    is the mean F-measure of the longest common subsequence of lower-case words. The perplexity
    is that of the references, a subword of the model's own vocabulary, ends included.

    METEOR is left out: its synonyms are those of WordNet, which its libraries download.

    Args:
        translations: what the model wrote.
        references: one reference a sentence.
        log_probabilities: float array of shape (sentences,), of the references, in nats.
        tokens: their numbers of subwords, int (sentences,).
        split: what the sentences are, for the record.

    Raises:
        InputError: there are fewer than two sentences, or more of one side.

    Example:
        >>> scores = translation_metrics(
        ...     ["A dog runs.", "Two men."], ["A dog runs.", "Two men."],
        ...     np.array([-1.0, -2.0]), np.array([4, 4]), "test",
        ... )
        >>> scores[0].name, round(scores[1].value)
        ('bleu', 100)

    Reference:
        [Post, 2018](https://aclanthology.org/W18-6319/) (sacreBLEU),
        [Popović, 2015](https://aclanthology.org/W15-3049/) (chrF),
        [Lin, 2004](https://aclanthology.org/W04-1013/) (ROUGE)
    """
    from rouge_score.rouge_scorer import RougeScorer
    from sacrebleu.metrics import BLEU, CHRF

    count = len(references)
    if count < 2 or len(translations) != count:
        raise InputError(
            "Expected at least two sentences, and one translation a reference. "
            f"Received: {len(translations)} translations and {count} references"
        )
    generator = np.random.default_rng(_SEED)
    drawn = generator.integers(0, count, (RESAMPLES, count))
    scorer = RougeScorer(["rougeL"], tokenizer=_Words())
    rouge = np.array(
        [
            scorer.score(reference, translation)["rougeL"].fmeasure
            for reference, translation in zip(references, translations, strict=True)
        ]
    )
    bleu = BLEU()
    lengths = [_lengths(bleu, *pair) for pair in zip(translations, references, strict=True)]
    written, expected = np.array(lengths).T
    estimates = {
        "rouge_l": lambda rows: rouge[rows].mean(axis=-1),
        "perplexity": lambda rows: np.exp(
            -log_probabilities[rows].sum(axis=-1) / tokens[rows].sum(axis=-1)
        ),
        "brevity_penalty": lambda rows: _penalty(
            written[rows].sum(axis=-1), expected[rows].sum(axis=-1)
        ),
    }
    metrics = [
        _sacrebleu("bleu", bleu, translations, references, split),
        _sacrebleu("chrf", CHRF(), translations, references, split),
    ]
    for name, estimate in estimates.items():
        low, high = np.quantile(estimate(drawn), [0.5 - CONFIDENCE / 2, 0.5 + CONFIDENCE / 2])
        value = float(estimate(np.arange(count)))
        metrics.append(_metric(name, split, value, float(low), float(high), count))
    return tuple(metrics)


class _Words:
    """Lower-case words, of any language: rouge-score's own tokenizer breaks words at umlauts."""

    def tokenize(self, text: str) -> list[str]:
        return re.findall(r"\w+", text.lower())


def _lengths(bleu: Any, translation: str, reference: str) -> tuple[int, int]:
    score = bleu.corpus_score([translation], [[reference]])
    return score.sys_len, score.ref_len


def _penalty(written: np.ndarray, expected: np.ndarray) -> np.ndarray:
    return np.exp(np.minimum(0.0, 1.0 - expected / np.maximum(written, 1)))


def _metric(
    name: str, split: str, value: float, low: float, high: float, count: int, **more: Any
) -> Metric:
    return Metric(
        name=name,
        split=split,
        value=round(value, 6),
        confidence_interval=(round(low, 6), round(high, 6)),
        confidence_level=CONFIDENCE,
        num_examples=count,
        **more,
    )


def _sacrebleu(
    name: str, metric: Any, translations: Sequence[str], references: Sequence[str], split: str
) -> Metric:
    """Return a metric of sacreBLEU's with the interval of its own bootstrap."""
    score = metric.corpus_score(list(translations), [list(references)], n_bootstrap=RESAMPLES)
    middle, half = float(score._mean), float(score._ci)
    return _metric(
        name,
        split,
        score.score,
        middle - half,
        middle + half,
        len(references),
        signature=str(metric.get_signature()),
    )


def evaluate_translation(
    model: TranslationPipeline,
    data: PairDataset,
    split: str,
    progress: Callable[[str, int, int], None] | None = None,
    num_beams: int = 5,
) -> tuple[tuple[Metric, ...], list[str]]:
    """Translate a split by beam search and score it.

    Args:
        model: a translation pipeline.
        data: sentences and references.
        split: what they are, for the record.
        progress: called with what is being done, how much is done, and how much there is.
        num_beams: sequences that the search keeps.

    Returns:
        The metrics, and the translations.
    """
    count = len(data)
    translations = [""] * count
    scores, tokens = np.zeros(count), np.zeros(count, np.int64)
    order = np.argsort([len(text) for text in data.sources], kind="stable")
    doubts = Doubts()
    for start in range(0, count, 128):
        rows = order[start : start + 128]
        sources = [data.sources[row] for row in rows]
        answers, more = model.with_doubts(sources, num_beams=num_beams)
        doubts.add(more, rows)
        for row, answer in zip(rows, answers, strict=True):
            translations[row] = answer["translation_text"]
        targets = [data.targets[row] for row in rows]
        scores[rows], tokens[rows], _ = model.score_with_doubts(sources, targets)
        if progress is not None:
            progress("sentences", start + len(rows), count)
    doubts.warn()
    return translation_metrics(translations, data.targets, scores, tokens, split), translations


def draw_bleu_by_length(
    sources: Sequence[str], translations: Sequence[str], references: Sequence[str]
) -> Figure:
    """Draw BLEU against the number of words of the source, with sacreBLEU's 95 % intervals.

    Args:
        sources: the sentences that were translated.
        translations: what the model wrote.
        references: one reference a sentence.

    Example:
        >>> figure = draw_bleu_by_length(["Ein Hund."] * 3, ["A dog."] * 3, ["A dog."] * 3)
    """
    from matplotlib.figure import Figure
    from sacrebleu.metrics import BLEU

    words = np.array([len(source.split()) for source in sources])
    groups = np.digitize(words, _LENGTHS)
    names, values, halves = [], [], []
    for group in np.unique(groups):
        rows = np.flatnonzero(groups == group).tolist()
        score = BLEU().corpus_score(
            [translations[row] for row in rows],
            [[references[row] for row in rows]],
            n_bootstrap=RESAMPLES if len(rows) > 1 else 1,
        )
        low = 1 if group == 0 else _LENGTHS[group - 1]
        high = f"-{_LENGTHS[group] - 1}" if group < len(_LENGTHS) else "+"
        names.append(f"{low}{high}\n({len(rows)})")
        values.append(score.score)
        halves.append(score._ci if len(rows) > 1 else 0.0)
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    axes.errorbar(range(len(names)), values, yerr=halves, fmt="o-", capsize=3)
    axes.set_xticks(range(len(names)), names)
    axes.set_xlabel("words of the source (sentences)")
    axes.set_ylabel("BLEU")
    axes.set_title("BLEU by the length of the sentence")
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    return figure
