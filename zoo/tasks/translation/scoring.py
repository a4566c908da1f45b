"""Score translations: BLEU, chrF and ROUGE-L of what a pipeline writes, and its perplexity."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo import statistics
from zoo.errors import InputError
from zoo.interfaces import Scoring
from zoo.learning.pairs import read_pairs
from zoo.pairs.examples import PairDataset
from zoo.schema import Metric
from zoo.tables.columns import reading_of
from zoo.text.doubts import Doubts

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from zoo.tasks.translation.pipeline import TranslationPipeline

__all__ = [
    "TRANSLATION_METRICS",
    "draw_bleu_by_length",
    "evaluate",
    "evaluate_translation",
    "read",
    "translation_metrics",
]

TRANSLATION_METRICS = ("bleu", "chrf", "rouge_l", "perplexity", "brevity_penalty")
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
    from sacrebleu.metrics import BLEU

    count = len(references)
    if count < 2 or len(translations) != count:
        raise InputError(
            "Expected at least two sentences, and one translation a reference. "
            f"Received: {len(translations)} translations and {count} references"
        )
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

    def estimate(rows: np.ndarray) -> tuple[float, float, float]:
        return (
            rouge[rows].mean(),
            np.exp(-log_probabilities[rows].sum() / tokens[rows].sum()),
            _penalty(written[rows].sum(), expected[rows].sum()),
        )

    values = estimate(np.arange(count))
    low, high = statistics.bootstrap(estimate, count)
    return (
        _sacrebleu("bleu", bleu, translations, references, split),
        _sacrebleu("chrf", _chrf(), translations, references, split),
        *(
            statistics.figure(name, split, values[index], (low[index], high[index]), count)
            for index, name in enumerate(("rouge_l", "perplexity", "brevity_penalty"))
        ),
    )


class _Words:
    """Lower-case words, of any language: rouge-score's own tokenizer breaks words at umlauts."""

    def tokenize(self, text: str) -> list[str]:
        return re.findall(r"\w+", text.lower())


def _chrf() -> Any:
    """Return sacreBLEU's chrF, whose scores of resamples are of one type, also those of 0.

    It takes the mean of them with `statistics.mean`, which refuses float beside float32.
    """
    from sacrebleu.metrics import CHRF

    class Chrf(CHRF):
        def _compute_f_score(self, statistics: Any) -> Any:
            score = super()._compute_f_score(statistics)
            return np.float32(score) if isinstance(statistics, np.ndarray) else score

    return Chrf()


def _lengths(bleu: Any, translation: str, reference: str) -> tuple[int, int]:
    score = bleu.corpus_score([translation], [[reference]])
    return score.sys_len, score.ref_len


def _penalty(written: int, expected: int) -> float:
    return float(np.exp(min(0.0, 1.0 - expected / max(written, 1))))


def _sacrebleu(
    name: str, metric: Any, translations: Sequence[str], references: Sequence[str], split: str
) -> Metric:
    """Return a metric of sacreBLEU's with the interval of its own bootstrap."""
    score = metric.corpus_score(
        list(translations), [list(references)], n_bootstrap=statistics.RESAMPLES
    )
    middle, half = float(score._mean), float(score._ci)
    return statistics.figure(
        name,
        split,
        score.score,
        (middle - half, middle + half),
        len(references),
        signature=str(metric.get_signature()),
    )


def evaluate_translation(
    model: TranslationPipeline,
    data: PairDataset,
    how: Scoring,
    num_beams: int = 5,
) -> tuple[tuple[Metric, ...], list[str]]:
    """Translate a split by beam search and score it.

    Args:
        model: a translation pipeline.
        data: sentences and references.
        how: the split, and who is told of the progress.
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
        how.advance("sentences", start + len(rows), count)
    doubts.warn()
    return translation_metrics(translations, data.targets, scores, tokens, how.split), translations


def read(model: TranslationPipeline, data: Any, how: Scoring) -> PairDataset:
    """Return sentences and translations of a user's own.

    Args:
        model: the pipeline.
        data: whatever `read_pairs` takes.
        how: its options name the columns, and say how a table is to be read.
    """
    options = how.options
    return PairDataset(
        *read_pairs(
            data,
            options.get("text_column") or "text",
            options.get("label_column") or "translation",
            reading_of(options),
        )
    )


def evaluate(model: TranslationPipeline, data: PairDataset, how: Scoring) -> tuple[Metric, ...]:
    """Return BLEU, chrF, ROUGE-L, perplexity and brevity penalty with 95 % intervals.

    Args:
        model: the pipeline.
        data: sentences and translations.
        how: the split, who is told of the progress, and who is shown BLEU by the length.
    """
    metrics, translations = evaluate_translation(model, data, how)
    if how.show is not None:
        how.show("bleu", draw_bleu_by_length(data.sources, translations, data.targets))
    return metrics


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
            n_bootstrap=statistics.RESAMPLES if len(rows) > 1 else 1,
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
