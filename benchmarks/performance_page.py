"""Make docs/performance.md and its pictures of docs/performance.json.

python -m benchmarks.performance_page
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from benchmarks.performance_steps import language, rows_of, series, training

DOCS = Path(__file__).resolve().parent.parent / "docs"
PEERS = ("torch", "OpenVINO", "ONNX Runtime", "tf.function", "jax.jit")
PREDICT = ("Keras predict, TensorFlow", "Keras predict, JAX")


_RATIOS = (
    "entry",
    "one text: `predict`",
    "one: best compiled call",
    "all texts: `predict`",
    "all: best compiled call",
    "torch's layers",
    "OpenVINO",
    "ONNX Runtime, plain",
)
_SECONDS = (
    "entry",
    "way",
    "1",
    "32",
    "256",
    "texts/s",
    "step",
    "first answer",
    "MB",
    "difference",
)
_ROUNDED = (
    "entry",
    "one text",
    "256 texts",
    "all texts",
    "accuracy before",
    "accuracy after",
    "MB before",
    "MB after",
)
_PAGE = """# How fast the zoo answers

Measured by `python -m benchmarks.compare` on {hardware}, with {versions}; this page and its
pictures are made of docs/performance.json by `python -m benchmarks.performance_page`. Every way to
ask an entry is a process of its own; they take turns, {rounds} times each. Raw reviews of IMDB's
test part go in, so that tokenising counts. Keras' `predict` tokenises by itself; the other peers
are given the ids of the tokenizers library, texts of like length in batches of the size that is
fastest for them.

![Raw reviews a second](performance.png)

## Times as fast as its peers

How many times as long the other takes: more than 1 is in favour of `zoo.pipeline`. All texts are
{texts}.

{ratios}

{behind}

torch's layers are its own LSTM, GRU or RNN with the same weights, packed; it has none that
computes what the n-gram network does.

## Rounded to 8 bits

`zoo export --quantize int8` rounds the weights of every entry; those of LSTMs of 128 units or more
are multiplied in whole numbers too. How many times as fast it answers as `zoo.pipeline`, and what
it costs on all 25,000 test reviews:

{rounded}

{bound}

## A token of a stream

Microseconds for one token, with what is said of the text so far after each, and how many times as
long the others take. The cells of Keras' layers are compiled as one call with their states; they
and torch pool nothing over the tokens before, which the zoo does.

{steps}

## Shares of the machine's limits

Products of matrices run at {gflops} GFLOP/s on {cores} cores here, weights of 256 kB are read at
{cache} GB/s on one core, memory at {memory} GB/s. Operations of the recurrent layers, over all the
time from raw text to answer, and over that of the layers alone on one core, times the cores:

{shares}

## Where the time goes

One batch of 8 texts after another on one core.

![Shares of the time of a batch](performance-budget.png)

{budgets}
{training}
## All figures

Milliseconds for one text, 32 and 256; texts a second of {texts}; microseconds for a token of a
stream; seconds from the start of Python to the first answer, and megabytes at the peak of all
this; the largest difference of a probability from the zoo's.

{seconds}
"""


def _median(ways: dict[str, Any], way: str, case: str) -> float | None:
    figures = ways.get(way, {}).get("cases", {}).get(case)
    return figures["median"] if figures else None


def _ratio(ways: dict[str, Any], others: tuple[str, ...], case: str) -> str:
    ours = _median(ways, "zoo", case)
    found = [(value, way) for way in others if (value := _median(ways, way, case)) is not None]
    if ours is None or not found:
        return "-"
    best, way = min(found)
    return f"{best / ours:.1f} ({way})" if len(others) > 1 else f"{best / ours:.1f}"


def _behind(results: dict[str, Any]) -> str:
    """Say which peers answered sooner than the zoo, and where."""
    cases = {"one": "one text", str(results["texts"]): "all texts"}
    found = []
    for entry, one in results["entries"].items():
        for case, words in cases.items():
            ours = _median(one["ways"], "zoo", case)
            for way in one["ways"]:
                other = None if way.startswith("zoo") else _median(one["ways"], way, case)
                if ours is not None and other is not None and other < ours:
                    found.append(f"{way} with {words} of {entry} ({other / ours:.2f})")
    if not found:
        return "No peer answered sooner than the zoo, with one text or with all of them."
    return "Sooner than the zoo, in shares of its time: " + ", ".join(found) + "."


def _faster(ways: dict[str, Any], way: str, case: str) -> str:
    ours, other = _median(ways, "zoo", case), _median(ways, way, case)
    return "-" if ours is None or other is None else f"{ours / other:.2f}"


def _bound(budgets: dict[str, Any]) -> str:
    """Say how much faster recurrent layers would have to be to answer 1.3 times as fast."""
    needed = []
    for entry, parts in budgets.items():
        share = parts.get("recurrent layers", 0.0) / sum(parts.values())
        rest = 1 / 1.3 - (1 - share)  # of the time that 1.3 times as fast would take
        if share > 0.2:
            needed.append(f"{entry} {share / rest:.1f}" if rest > 0 else f"{entry} never")
    return (
        "Rounding makes nothing faster but the layers. To answer all texts 1.3 times as fast, "
        "recurrent layers would have to be so many times as fast by it: " + ", ".join(needed) + "."
    )


def _steps(entries: dict[str, Any]) -> str:
    """Return the table of a token of a stream."""
    rows = []
    for entry, one in entries.items():
        ways = one["ways"]
        ours = _median(ways, "zoo", "step")
        if ours is not None:
            others = (("tf.function",), ("jax.jit",), ("torch",))
            ratios = [_ratio(ways, way, "step") for way in others]
            rows.append([entry, f"{ours * 1e6:.1f}", *ratios])
    return rows_of(["entry", "zoo", "tf.function", "jax.jit", "torch's layers"], rows)


def _figure(results: dict[str, Any]) -> Figure:
    """Draw texts a second of every way, an entry a panel."""
    entries, whole = results["entries"], str(results["texts"])
    figure = Figure(figsize=(9, 2.3 * len(entries)), layout="constrained")
    for axes, (entry, one) in zip(
        figure.subplots(len(entries), squeeze=False)[:, 0], entries.items(), strict=True
    ):
        names = [way for way in one["ways"] if _median(one["ways"], way, whole)]
        rates = [results["texts"] / _median(one["ways"], way, whole) for way in names]
        bounds = [one["ways"][way]["cases"][whole] for way in names]
        low = [rate - results["texts"] / b["high"] for rate, b in zip(rates, bounds, strict=True)]
        high = [results["texts"] / b["low"] - rate for rate, b in zip(rates, bounds, strict=True)]
        colors = ["#0b6e4f" if way.startswith("zoo") else "#9aa5b1" for way in names]
        axes.barh(names, rates, xerr=[low, high], color=colors, ecolor="#444")
        axes.invert_yaxis()
        axes.set_title(entry, loc="left", fontsize=10)
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(labelsize=8)
    axes.set_xlabel("raw reviews a second; the lines reach from the 10th to the 90th percentile")
    return figure


def _budget_figure(results: dict[str, Any]) -> Figure:
    """Draw where the time of a batch goes, an entry a bar."""
    budgets = results["budgets"]
    parts = list(dict.fromkeys(part for one in budgets.values() for part in one))
    figure = Figure(figsize=(9, 0.5 * len(budgets) + 1.4), layout="constrained")
    axes = figure.subplots()
    left = dict.fromkeys(budgets, 0.0)
    for number, part in enumerate(parts):
        widths = [one.get(part, 0.0) / sum(one.values()) for one in budgets.values()]
        axes.barh(list(budgets), widths, left=list(left.values()), label=part, color=f"C{number}")
        left = {name: left[name] + width for name, width in zip(budgets, widths, strict=True)}
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8)
    figure.legend(loc="outside lower center", ncols=4, fontsize=8, frameon=False)
    return figure


def page(results: dict[str, Any]) -> str:
    """Return the page in Markdown."""
    whole, limits = str(results["texts"]), results["limits"]
    ratios, seconds, shares, budgets = [], [], [], []
    rounded: list[list[str]] = []
    for entry, one in results["entries"].items():
        ways = one["ways"]
        ratios.append(
            [
                entry,
                _ratio(ways, PREDICT[:1], "one"),
                _ratio(ways, ("tf.function", "jax.jit"), "one"),
                _ratio(ways, PREDICT[:1], whole),
                _ratio(ways, ("tf.function", "jax.jit"), whole),
                _ratio(ways, ("torch",), whole),
                _ratio(ways, ("OpenVINO",), whole),
                _ratio(ways, ("ONNX Runtime",), whole),
            ]
        )
        for way, figures in ways.items():
            cases = figures["cases"]
            cells = [
                f"{cases[case]['median'] * 1e3:.3g}" if case in cases else "-"
                for case in ("one", "32", "256")
            ]
            rate = results["texts"] / cases[whole]["median"]
            step = f"{cases['step']['median'] * 1e6:.1f}" if "step" in cases else "-"
            seconds.append(
                [
                    entry,
                    way,
                    *cells,
                    f"{rate:,.0f}",
                    step,
                    f"{figures['first']:.2f}",
                    f"{figures['memory']:.0f}",
                    f"{figures['difference']:.0e}",
                ]
            )
        if cost := one.get("int8"):
            rounded.append(
                [
                    entry,
                    *(_faster(ways, "zoo, int8", case) for case in ("one", "256", whole)),
                    f"{cost['before']:.2%}",
                    f"{cost['after']:.2%}",
                    f"{cost['bytes_before'] / 1e6:.1f}",
                    f"{cost['bytes_after'] / 1e6:.1f}",
                ]
            )
        if one["operations"]:
            computed = results["budgets"][entry].get("recurrent layers")
            rate = one["operations"] / _median(ways, "zoo", whole) / 1e9
            layer = one["operations"] / computed / 1e9 * limits["cores"] if computed else None
            shares.append(
                [
                    entry,
                    f"{rate:.0f} ({rate / limits['gflops']:.0%})",
                    f"{layer:.0f} ({layer / limits['gflops']:.0%})" if layer else "-",
                ]
            )
    for entry, parts in results["budgets"].items():
        total = sum(parts.values())
        told = ", ".join(f"{part} {value / total:.0%}" for part, value in parts.items())
        budgets.append(f"- {entry}: {total:.2f} s, of which {told}.")
    versions = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    return _PAGE.format(
        hardware=results["hardware"],
        versions=versions,
        rounds=results["rounds"],
        texts=f"{results['texts']:,}",
        gflops=f"{limits['gflops']:.0f}",
        cores=limits["cores"],
        cache=f"{limits['cache']:.0f}",
        memory=f"{limits['memory']:.0f}",
        ratios=rows_of([*_RATIOS], ratios),
        behind=_behind(results),
        rounded=rows_of([*_ROUNDED], rounded) if rounded else "Not measured.",
        bound=_bound(results["budgets"]),
        steps=_steps(results["entries"]),
        shares=rows_of(["entry", "from raw text, GFLOP/s", "the layers alone, GFLOP/s"], shares),
        budgets="\n".join(budgets),
        seconds=rows_of([*_SECONDS], seconds),
        training=training(results) + language(results) + series(results),
    )


def main() -> None:
    results = json.loads((DOCS / "performance.json").read_text(encoding="utf-8"))
    if "entries" not in results:
        raise SystemExit("Run first: python -m benchmarks.compare, for it writes the rest")
    (DOCS / "performance.md").write_text(page(results), encoding="utf-8")
    _figure(results).savefig(DOCS / "performance.png", dpi=130)
    _budget_figure(results).savefig(DOCS / "performance-budget.png", dpi=130)
    print(f"Wrote {DOCS / 'performance.md'} and its pictures")


if __name__ == "__main__":
    main()
