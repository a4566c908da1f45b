"""The page that `benchmarks/own_series.py` writes: tables, what they say, and a picture."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from benchmarks.own_series_data import Forecast, Labelled
from benchmarks.own_series_peers import CLASSIFIERS, FORECASTERS, Peer
from benchmarks.studies import spread, word_of
from zoo.common.figures import png
from zoo.files import write_atomically

__all__ = ["write_page"]

NETWORKS = {"new": "from nothing", "tuned": "fine-tuned"}
COLOURS = {"few": "#9aa5b1", "all": "#0b6e4f"}

TEXT = """\
# Is fine-tuning worth it on one's own series?

Written by `python -m benchmarks.own_series` on {hardware}: `{forecaster}` and `{classifier}`,
fine-tuned by `zoo.finetune` as it comes on four small public sets that neither was trained on,
against the same networks from nothing and against other libraries as they come.

![Errors and accuracies of every way](series.png)

{summary}
{missing}
## Forecasts

Mean absolute error on the test part, in deviations of the channels; less is better. Mean and
standard deviation over seeds where anything is drawn, whose number stands in brackets. The best is
in bold.

{forecasts}

{forecast_verdicts}

## Classes

Accuracy on the official test part in per cent; more is better.

{classes}

{class_verdicts}

A network that is tuned **helps**, or **hurts**, where it differs from the same one from nothing by
more than both deviations together; so it is **ahead** of the best of the other ways, or **loses**.

## How it was measured

{sets}
- **Fine-tuned**: a table with dates, a folder for every class or a long table, given to
  `zoo.finetune` with a horizon for a forecaster, and nothing else. Neither network has seen such
  series. That it changes series in every epoch and averages weights, and draws forecasts towards
  the last value where that is better in validation, was decided after a first measurement of these
  sets in which it lost in 6 of 7 cases. What classifiers do was tried on pieces of their training
  parts alone, with one seed; what the drawing is worth is seen here for the first time.
- **From nothing**: the same layers with random weights, trained by the same code with all that it
  does, all weights at the rate of the recipe ({forecast_rate:g} and {class_rate:g}), with up to
  {passes} times as many passes.
- Both cut their validation part out of what they are given, stop early by it and keep the best
  weights. The other ways get all of it to learn from.
{peers}
- A forecast begins where the one before it ended, until the test part is over; every way reads all
  that lies before it. The test part is scored once a run, when all is chosen.

## Where it does not help

{limits}
"""
MISSING = """
Not all of it is measured yet: what stands in the tables with one seed says little, and what is not
there was not measured. The command goes on where it stopped.
"""
FORECAST_SET = (
    "- **{name}**: {title}; {channels}, {steps:,} steps, the last fifth of which is the test part; "
    "{origins} forecasts of {horizon} steps. Learnt from are the last {few:,} steps before it, or "
    "all."
)
CLASS_SET = (
    "- **{name}**: {title}; {classes} classes, {train} training and {test} test series. Learnt "
    "from are {few} of every class, others for every seed, or all."
)
LIMITS = """\
- Wherever the tables say so: {losses}.
- Where a series does what a simple rule says, the rule is hard to beat: measure it first.
  `zoo finetune` says what a forecast of no change comes to beside the model that it makes.
- The other ways are fitted sooner: in {peers:.1f} seconds here, where a network took {networks:.0f}
  (medians of all runs, on the machine of each). What a checkpoint has beside its figures is that
  it answers without the library that trained it, and exports to ONNX, LiteRT and a web page.
"""


@dataclass(frozen=True)
class Row:
    """What was measured of one set with so much to learn from.

    Attributes:
        name: the set's.
        size: how much there was to learn from, in words.
        key: `"few"` or `"all"`.
        found: mean and deviation over seeds by way, and how many seeds there are.
        less: whether less is better.
    """

    name: str
    size: str
    key: str
    found: Mapping[str, tuple[float, float, int]]
    less: bool

    def gain(self, one: str, other: str) -> tuple[float, float]:
        """Return by how much a way is better than another, and both deviations together."""
        (a, spread_a, _), (b, spread_b, _) = self.found[one], self.found[other]
        return (b - a if self.less else a - b), spread_a + spread_b

    @property
    def best(self) -> str:
        """The best way."""
        return max(self.found, key=lambda way: self.gain(way, "tuned")[0])

    @property
    def rival(self) -> str:
        """The best way that is no network of the zoo."""
        others = [way for way in self.found if way not in NETWORKS]
        return max(others, key=lambda way: self.gain(way, "tuned")[0])

    def told(self, way: str) -> str:
        """Return a figure of it, in words."""
        mean, deviation, seeds = self.found[way]
        shown = f"{mean:.3f}" if self.less else f"{100 * mean:.1f}"
        if deviation:
            shown += f" ± {deviation:.3f}" if self.less else f" ± {100 * deviation:.1f}"
        peer = {**FORECASTERS, **CLASSIFIERS}.get(way)
        drawn = way in NETWORKS or (peer is not None and peer.seeded)
        return f"{shown} ({seeds})" if drawn else shown

    @property
    def judged(self) -> bool:
        """Whether there are seeds enough to tell a difference from chance."""
        return min(self.found[way][2] for way in NETWORKS) > 1

    @property
    def words(self) -> tuple[str, str]:
        """What tuning does, and how it stands against the other ways."""
        gain, noise = self.gain("tuned", self.rival)
        rank = "level" if abs(gain) <= noise else "ahead" if gain > 0 else "loses"
        return word_of(*self.gain("tuned", "new")), rank

    @property
    def verdict(self) -> str:
        """What it says of tuning, in a sentence."""
        what, rank = self.words
        rival = f"{self.rival}, {self.told(self.rival)}"
        if not self.judged:
            behind = self.gain("tuned", self.rival)[0] < 0
            return (
                f"- **{self.name}**, {self.size}: one seed, so no verdict: {self.told('tuned')} "
                f"tuned, {self.told('new')} from nothing, {'behind' if behind else 'better than'} "
                f"the best of the other ways, {rival}."
            )
        against = {
            "ahead": f"it is **ahead** of the best of the other ways, {rival}",
            "level": f"it is **level** with the best of the other ways, {rival}",
            "loses": f"it **loses** to {rival}",
        }[rank]
        return (
            f"- **{self.name}**, {self.size}: tuning **{what}** ({self.told('tuned')} against "
            f"{self.told('new')} from nothing); {against}."
        )


def rows_of(cells: Mapping[str, Any], name: str, data: Forecast | Labelled) -> Iterator[Row]:
    """Yield what was measured of a set, a row a size."""
    less = isinstance(data, Forecast)
    figure = "mae" if less else "accuracy"
    peers = FORECASTERS if less else CLASSIFIERS
    for key in ("few", "all"):
        found = {}
        for way in (*peers, *NETWORKS):
            size = "any" if way in peers and not peers[way].sized else key
            prefix = f"{name}/{size}/{way}"
            if any(cell.rpartition("/")[0] == prefix for cell in cells):
                mean, deviation, own = spread(dict(cells), prefix, figure)
                found[way] = (mean, deviation, len(own))
        if not NETWORKS.keys() <= found.keys():
            continue
        count = spread(dict(cells), f"{name}/{key}/tuned", figure)[2][0]["examples"]
        yield Row(name, f"{count:,} {'steps' if less else 'series'}", key, found, less)


def table(rows: list[Row]) -> str:
    """Return the figures as a table in Markdown."""
    ways = list(dict.fromkeys(way for row in rows for way in row.found))
    lines = [
        ["data", "learnt from", *(NETWORKS.get(way, way) for way in ways)],
        ["---", "---:", *("---:" for _ in ways)],
    ]
    for row in rows:
        cells = [row.told(way) if way in row.found else "-" for way in ways]
        best = ways.index(row.best)
        cells[best] = f"**{cells[best]}**"
        lines.append([row.name, row.size, *cells])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def summarise(rows: list[Row]) -> str:
    """Return what all rows say together."""
    behind = sum(row.gain("tuned", row.rival)[0] < 0 for row in rows)
    words = [row.words for row in rows if row.judged]
    first = f"In {behind} of {len(rows)} cases the best of the other ways has the better figure"
    if not words:
        worse = sum(row.gain("tuned", "new")[0] < 0 for row in rows)
        return (
            f"{first}, in {worse} the same network from nothing. With one seed none is a verdict."
        )
    tuning = {
        word: sum(what == word for what, _ in words)
        for word in ("helps", "makes no difference", "hurts")
    }
    rank = {word: sum(own == word for _, own in words) for word in ("ahead", "level", "loses")}
    return (
        f"{first}. Of the {len(words)} with several seeds fine-tuning **helps in "
        f"{tuning['helps']}** against training the same network from nothing, makes no difference "
        f"in {tuning['makes no difference']} and hurts in {tuning['hurts']}; against the best of "
        f"the other ways it is **ahead in {rank['ahead']}**, level in {rank['level']}, and **loses "
        f"in {rank['loses']}**."
    )


def draw(rows: list[Row], titles: Mapping[str, str]) -> Figure:
    """Draw every way's figure, a panel a set."""
    figure = Figure(figsize=(10, 2.9 * -(-len(titles) // 2)), layout="constrained")
    panels = figure.subplots(-(-len(titles) // 2), 2, squeeze=False).ravel()
    for axes in panels[len(titles) :]:
        axes.set_visible(False)
    for axes, (name, title) in zip(panels, titles.items(), strict=False):
        own = [row for row in rows if row.name == name]
        factor = 1 if own[0].less else 100
        for at, row in enumerate(own):
            places = [number + 0.4 * at - 0.2 for number in range(len(row.found))]
            means, deviations, _ = zip(*row.found.values(), strict=True)
            axes.barh(
                places,
                [factor * mean for mean in means],
                0.38,
                xerr=[factor * deviation for deviation in deviations],
                color=COLOURS[row.key],
                ecolor="#444",
                label=row.size,
            )
        ways = [NETWORKS.get(way, way) for way in own[0].found]
        axes.set_yticks(range(len(ways)), ways)
        axes.invert_yaxis()
        axes.set_title(f"{name}\n{title}", loc="left", fontsize=9)
        axes.set_xlabel("mean absolute error, deviations" if own[0].less else "accuracy, %")
        axes.tick_params(labelsize=8)
        axes.spines[["top", "right"]].set_visible(False)
        # Beside the name, above the second line of the title.
        axes.legend(loc="lower right", bbox_to_anchor=(1, 1.06), ncols=2, fontsize=8, frameon=False)
    return figure


def _peers(peers: Mapping[str, Peer], rows: list[Row]) -> Iterator[str]:
    for name, peer in peers.items():
        if any(name in row.found for row in rows):
            yield f"- **{name[:1].upper()}{name[1:]}**: {peer.told}."


def _losses(rows: list[Row]) -> str:
    """Return where another way has the better figure, and where nothing learnt before is better."""
    parts = []
    for what, other in (
        ("the other ways have the better figure on", None),
        ("the same network from nothing has it on", "new"),
    ):
        found = [
            f"{row.name} with {row.size}"
            for row in rows
            if row.gain("tuned", other or row.rival)[0] < 0
        ]
        if found:
            parts.append(f"{what} {', '.join(found)}")
    return "; ".join(parts) or "nowhere"


def _complete(rows: list[Row]) -> int:
    """Return how many pairs of networks, tuned and from nothing, were measured."""
    return sum(min(row.found[way][2] for way in NETWORKS) for row in rows)


def _seconds(cells: Mapping[str, Any]) -> dict[str, float]:
    """Return how long networks and the other ways took, the medians of all runs."""
    taken: dict[str, list[float]] = {"networks": [], "peers": []}
    for key, cell in cells.items():
        kind = "networks" if key.split("/")[2] in NETWORKS else "peers"
        taken[kind].append(cell["seconds"])
    return {kind: statistics.median(values) for kind, values in taken.items()}


def write_page(
    results: Mapping[str, Any],
    data: Mapping[str, Forecast | Labelled],
    output: Path,
    *,
    few_steps: int,
    bases: Mapping[str, str],
    rates: Mapping[str, float],
    passes: int,
) -> None:
    """Write the page and its picture.

    Args:
        results: what was measured.
        data: the sets by their names.
        output: the folder.
        few_steps: steps of the smaller size of series.
        bases: the entries that were tuned.
        rates: of networks from nothing.
        passes: how many times those of a tuned network these were given.
    """
    rows = [row for name, one in data.items() for row in rows_of(results["cells"], name, one)]
    forecasts, classes = ([row for row in rows if row.less is less] for less in (True, False))
    sets = []
    for name, one in data.items():
        if isinstance(one, Forecast):
            channels = one.values.shape[1]
            sets.append(
                FORECAST_SET.format(
                    name=name,
                    title=one.title,
                    channels="1 channel" if channels == 1 else f"{channels} channels",
                    steps=len(one.values),
                    origins=len(one.origins),
                    horizon=one.horizon,
                    few=few_steps,
                )
            )
        else:
            sets.append(
                CLASS_SET.format(
                    name=name,
                    title=one.title,
                    classes=len(set(one.train[1])),
                    train=len(one.train[0]),
                    test=len(one.test[0]),
                    few=one.few,
                )
            )
    seeds = {key.rpartition("/")[2] for key in results["cells"]}
    page = TEXT.format(
        hardware=results["hardware"],
        forecaster=bases["forecasts"],
        classifier=bases["classes"],
        summary=summarise(rows),
        missing=MISSING if len(seeds) * 2 * len(data) > _complete(rows) else "",
        forecasts=table(forecasts),
        forecast_verdicts="\n".join(row.verdict for row in forecasts),
        classes=table(classes),
        class_verdicts="\n".join(row.verdict for row in classes),
        sets="\n".join(sets),
        forecast_rate=rates["forecasts"],
        class_rate=rates["classes"],
        passes=passes,
        peers="\n".join([*_peers(FORECASTERS, forecasts), *_peers(CLASSIFIERS, classes)]),
        limits=LIMITS.format(
            **_seconds(results["cells"]),
            losses=_losses(rows),
        ),
    )
    titles = {name: one.title for name, one in data.items()}
    write_atomically(output / "series.png", png(draw(rows, titles)))
    write_atomically(output / "series.md", page.encode("utf-8"))
