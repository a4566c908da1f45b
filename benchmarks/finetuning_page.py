"""The page `docs/finetuning.md` and its picture, out of figures that were measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from benchmarks.finetuning_data import TextSet
from benchmarks.studies import spread, word_of
from zoo.common.figures import png
from zoo.files import write_atomically

__all__ = ["LETTERS", "Settings", "write_page"]

# The ways to begin on every set, in the order of the table, with their colours.
ARMS = {"new": "tab:gray", "tuned": "tab:blue", "language": "tab:orange"}
# Sets whose texts are no words, which networks of characters learn too.
LETTERS = ("names",)

TEXT = """\
# Is fine-tuning worth it?

Written by `python -m benchmarks.finetuning` on {hardware}: three ways to begin a
classifier of texts, all by `zoo finetune`. `{base}`, which was trained to tell good movie reviews
from bad ones, tuned on other texts; a classifier on the body of `{language}`, a language model of
{corpus}; and the network of `{base}` from scratch.

![Accuracy against the number of examples](finetuning.png)

Accuracy on the test texts, mean and standard deviation over {seeds} seeds where no other number is
given, beside that of always answering the majority class. The last three columns are differences in
points. They are marked where they are larger than both deviations together and the better network
does better than the majority class.

{table}

`{base}` tuned, against the same network from scratch:

{verdict}

The language model's body, against the network of `{base}` from scratch:

{language_verdict}

The language model's body, against `{base}` tuned:

{against_verdict}

## How it was measured

- **Fine-tuned**: `zoo.finetune("{base}", ...)` as it comes: a new head starts at the linear
  classifier of the frozen body's features, then layer after layer joins it from the top down, with
  the words that the checkpoint knows.
- **From a language model**: `zoo.finetune("{language}", ...)` as it comes, on texts with labels:
  the layers and the vectors of its words are taken over, the words of the examples are added to its
  vocabulary, and a new head reads the last, the largest and the mean state, as Howard & Ruder
  (2018) join them, with the words' vectors beside the states; then as above. Their middle stage,
  the language model tuned on the texts themselves before, is left out. `{language}` has
  {parameters:.1f} million parameters and was trained on {read}; theirs had three layers of 1,150
  units and was trained on 103 million words. {first} of its {runs} runs kept the weights of the
  first epoch: what followed the solved head learnt the few examples by heart.
- **From scratch**: the same layers as those of `{base}` with random weights and a vocabulary
  counted out of the same examples, trained by the same code at one rate of {rate:g}, with up to
  {epochs} times the passes.
- The defaults of `zoo finetune` were chosen on the training parts of SST and BBC alone.
- All cut their validation part out of the examples, stop early by it and keep the best weights;
  the examples of a seed are the same for all. The test part is scored once, at the end.
- SST comes with an official test part ({sst_test:,} sentences of two classes). Of the BBC headlines
  a quarter and of the surnames a fifth were cut off for testing, stratified, no text in both.
- Untuned, `{base}` has an accuracy of {untuned:.1f} % on the sentences of SST in two classes: it
  has the same two labels, so its head is kept.

## Where it does not help

{limits}
"""
LIMITS = """\
{size}- **Surnames.** The network reads words, and a surname is one word that it has mostly not
  seen. With all examples the tuned network reaches {tuned:.1f} %, that from scratch
  {new:.1f} %; always answering the majority class gives {largest:.1f} %. The classes are so
  skewed that rare languages count more in the loss, which without knowledge of names costs the
  majority class. Differences in the table are differences between guesses.
- **A network that reads characters learns there what words cannot tell**: the layers of `gru-names`
  with random weights, trained as the network from scratch is, reach
  {characters};
  that is more than the majority class with {enough}.
  {letters}`gru-names` itself is not tuned here, for it was trained on most of these names: its card
  says how well it tells names that it has not seen. `zoo finetune gru-names --train products.csv`
  puts a new head on its body for short strings of another kind, such as codes or misspelt words,
  and adds the characters to its vocabulary that it has never seen.
- Other languages than English: their words are not in the vocabulary of the entries that were
  trained on reviews. `zoo finetune` warns when more than 30 % of the words are not.
- Whatever the table above does not mark with a star: there it is the data that counts, not what
  was learnt before.
"""
_SIZE = """\
- **A language model of this size** says less of a text than a classifier of related texts. On the
  sentences of film reviews `{language}` reaches {all}, `{base}` tuned
  {tuned:.1f} % and the network from scratch {new:.1f} %; on BBC headlines, of which `{base}` knows
  nothing, {few}, where `{base}` tuned reaches {few_tuned:.1f} %.
"""
_LETTERS = """\
A classifier on the body of `{name}`, a language model of characters, reaches
  {reached}.
  """


@dataclass(frozen=True)
class Settings:
    """What a page is of.

    Attributes:
        data: the sets by their names.
        sizes: numbers of examples, or `"all"`.
        seeds: the usual number of seeds.
        rate: the peak rate of a network from scratch.
        epochs: how many times the passes of the others it has.
        corpus: what the language model was trained on.
        read: how much of it it read.
        parameters: how many it has.
        letters: the language model of characters.
    """

    data: dict[str, TextSet]
    sizes: Sequence[str]
    seeds: int
    rate: float
    epochs: int
    corpus: str
    read: str
    parameters: int
    letters: str


@dataclass(frozen=True)
class _Spread:
    """The accuracy of a way to begin on some examples of a set, over seeds."""

    mean: float
    deviation: float
    seeds: int
    examples: int

    @staticmethod
    def of(results: dict[str, Any], name: str, size: str, arm: str) -> _Spread | None:
        """Return the figures, or None where there are none."""
        prefix = f"{name}/{size}/{arm}"
        if not any(key.rpartition("/")[0] == prefix for key in results["cells"]):
            return None
        mean, deviation, found = spread(results["cells"], prefix, "accuracy")
        return _Spread(mean, deviation, len(found), found[0]["examples"])

    def shown(self, seeds: int) -> str:
        """Return the figures for a table, with the number of seeds where it is not the usual."""
        number = "" if self.seeds == seeds else f" ({self.seeds} seed{'s' * (self.seeds > 1)})"
        if self.seeds == 1:
            return f"{self.mean:.1%}{number}"
        return f"{self.mean:.1%} ± {100 * self.deviation:.1f}{number}"

    @property
    def points(self) -> str:
        """The figures in per cent, with the number of examples."""
        spread = "" if self.seeds == 1 else f" ± {100 * self.deviation:.1f}"
        return f"{100 * self.mean:.1f} %{spread} with {self.examples:,} examples"


def majority_share(data: TextSet) -> float:
    """Return the accuracy of always answering the majority class of the test part."""
    labels = data.test[1]
    return max(map(labels.count, set(labels))) / len(labels)


def _word(better: _Spread, other: _Spread, least: float) -> str:
    """Return what it does to begin in one way and not in another."""
    if max(better.mean, other.mean) <= least:
        return "teaches nothing, like the other way,"
    if min(better.seeds, other.seeds) < 2:
        return "was measured once"
    return word_of(better.mean - other.mean, better.deviation + other.deviation)


# What is compared: a way to begin, and what with.
_COMPARED = (("tuned", "new"), ("language", "new"), ("language", "tuned"))
_WORDS = (
    "helps",
    "makes no difference",
    "hurts",
    "was measured once",
    "teaches nothing, like the other way,",
)


def _compare(results: dict[str, Any], settings: Settings) -> tuple[str, list[str]]:
    """Return the table, and what it says of every comparison, a line a case."""
    rows = [
        f"| data | examples | majority class | from scratch | `{results['base']}` | "
        f"`{results['language']['name']}` | `{results['base']}` to scratch | "
        f"`{results['language']['name']}` to scratch | to `{results['base']}` |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    said: list[dict[str, list[str]]] = [{word: [] for word in _WORDS} for _ in _COMPARED]
    for name, data in settings.data.items():
        least = majority_share(data)
        for size in settings.sizes:
            found = {arm: _Spread.of(results, name, size, arm) for arm in ARMS}
            examples = next(one.examples for one in found.values() if one is not None)
            cells = [one.shown(settings.seeds) if one else "-" for one in found.values()]
            for (arm, other), words in zip(_COMPARED, said, strict=True):
                one, against = found[arm], found[other]
                if one is None or against is None:
                    cells.append("-")
                    continue
                word, gain = _word(one, against, least), 100 * (one.mean - against.mean)
                cells.append(f"{gain:+.1f} {'*' if word in ('helps', 'hurts') else ''}")
                words[word].append(f"{name} with {examples:,} examples ({gain:+.1f} points)")
            rows.append(f"| {name} | {examples:,} | {least:.1%} | {' | '.join(cells)} |")
    lines = [
        "\n".join(f"- It **{word}** on {', '.join(cases)}." for word, cases in one.items() if cases)
        for one in said
    ]
    return "\n".join(rows), lines


def _draw(results: dict[str, Any], settings: Settings) -> Figure:
    """Draw accuracy against the number of examples, a panel a data set."""
    titles = {name: item.title for name, item in settings.data.items()}
    labels = {
        "new": "from scratch",
        "tuned": results["base"],
        "language": results["language"]["name"],
    }
    figure = Figure(figsize=(4 * len(titles), 3.6), layout="constrained")
    panels = figure.subplots(1, len(titles), squeeze=False)[0]
    for axes, (name, title) in zip(panels, titles.items(), strict=True):
        for arm, colour in ARMS.items():
            found = [_Spread.of(results, name, size, arm) for size in settings.sizes]
            points = [one for one in found if one is not None]
            if not points:
                continue
            axes.errorbar(
                [one.examples for one in points],
                [100 * one.mean for one in points],
                [100 * one.deviation for one in points],
                color=colour,
                marker="o",
                capsize=3,
                label=labels[arm],
            )
        if name == "sst-binary":
            axes.axhline(100 * results["untuned"], color="black", ls=":", label="untuned")
        axes.set_xscale("log")
        axes.set_title(title.replace(": ", "\n"), fontsize=10)
        axes.set_xlabel("examples")
    panels[0].set_ylabel("accuracy on the test part, %")
    # In none of the panels is there room beside the error bars.
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside right center")
    return figure


def _limits(results: dict[str, Any], settings: Settings) -> str:
    """Return where it does not help."""
    if "names" not in settings.data:
        return "See the cells without a star in the table above.\n"
    largest = majority_share(settings.data["names"])

    def of(arm: str) -> list[_Spread]:
        found = [_Spread.of(results, "names", size, arm) for size in settings.sizes]
        return [one for one in found if one is not None]

    size = ""
    films = {arm: _Spread.of(results, "sst-binary", "all", arm) for arm in ARMS}
    topics = {arm: _Spread.of(results, "bbc", "100", arm) for arm in ARMS}
    if (
        films["language"]
        and films["tuned"]
        and films["new"]
        and topics["language"]
        and topics["tuned"]
    ):
        size = _SIZE.format(
            base=results["base"],
            language=results["language"]["name"],
            all=films["language"].points,
            tuned=100 * films["tuned"].mean,
            new=100 * films["new"].mean,
            few=topics["language"].points,
            few_tuned=100 * topics["tuned"].mean,
        )
    enough = [f"{one.examples:,} examples" for one in of("characters") if one.mean > largest]
    letters = ",\n  ".join(one.points for one in of("letters"))
    return LIMITS.format(
        size=size,
        largest=100 * largest,
        tuned=100 * of("tuned")[-1].mean,
        new=100 * of("new")[-1].mean,
        enough=" and with ".join(enough) or "none of these",
        characters=",\n  ".join(one.points for one in of("characters")),
        letters=_LETTERS.format(name=settings.letters, reached=letters) if letters else "",
    )


def write_page(results: dict[str, Any], settings: Settings, folder: Path) -> None:
    """Write the page and its picture.

    Args:
        results: all that was measured, as the file of the figures holds it.
        settings: what the page is of.
        folder: where to.
    """
    table, (verdict, language_verdict, against_verdict) = _compare(results, settings)
    runs = [cell for key, cell in results["cells"].items() if "/language/" in key]
    write_atomically(folder / "finetuning.png", png(_draw(results, settings)))
    page = TEXT.format(
        hardware=results["hardware"],
        base=results["base"],
        language=results["language"]["name"],
        corpus=settings.corpus,
        read=settings.read,
        parameters=settings.parameters / 1e6,
        runs=len(runs),
        first=sum(cell["best_epoch"] == 1 for cell in runs),
        seeds=settings.seeds,
        table=table,
        verdict=verdict,
        language_verdict=language_verdict,
        against_verdict=against_verdict,
        rate=settings.rate,
        epochs=settings.epochs,
        sst_test=len(settings.data["sst-binary"].test[0]),
        untuned=100 * results.get("untuned", np.nan),
        limits=_limits(results, settings),
    )
    write_atomically(folder / "finetuning.md", page.encode("utf-8"))
