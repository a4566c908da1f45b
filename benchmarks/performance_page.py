"""Make docs/performance.md and its pictures of docs/performance.json.

python -m benchmarks.performance_page
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

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
_TRAINING = """
## Training steps

Measured by `python -m benchmarks.training_steps` on {hardware} with {versions}: a step of the
network of the entry's recipe, with its dropout, AdamW, clipping and averaging, on {batch}
reviews of {length} tokens, {rounds} times in turn. Tokens a second by the clock, with the 10th and
the 90th percentile, and milliseconds of the processor a step, which other work on the machine
changes less; each also as a multiple of native torch at its fastest (its sequences packed or not,
its optimiser fused or not, its threads waiting in a loop or asleep).

{rows}
"""
_STEPS = ("entry", "way", "tokens/s", "torch's", "processor, ms", "torch's", "MB")
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


def _rows(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in lines)


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


def training(results: dict[str, Any]) -> str:
    """Return the section on training steps, if they were measured."""
    if "training" not in results:
        return ""
    found = results["training"]
    batch, length = found["batch"]
    rows = []
    for entry, ways in found["entries"].items():
        peers = [one for way, one in ways.items() if way.startswith("torch")]
        for way, one in ways.items():
            clock, processor = one["seconds"], one["cpu"]
            rates = [batch * length / clock[key] for key in ("median", "high", "low")]
            shares = [
                f"{min(peer[case]['median'] for peer in peers) / one[case]['median']:.2f}"
                if peers
                else "-"
                for case in ("seconds", "cpu")
            ]
            rows.append(
                [
                    entry,
                    way,
                    f"{rates[0]:,.0f} ({rates[1]:,.0f} to {rates[2]:,.0f})",
                    shares[0],
                    f"{processor['median'] * 1e3:.0f}",
                    shares[1],
                    f"{one['memory']:.0f}",
                ]
            )
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    return _TRAINING.format(
        hardware=found["hardware"],
        versions=versions,
        batch=batch,
        length=length,
        rounds=found["rounds"],
        rows=_rows([*_STEPS], rows),
    )


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
        ratios=_rows([*_RATIOS], ratios),
        behind=_behind(results),
        rounded=_rows([*_ROUNDED], rounded) if rounded else "Not measured.",
        shares=_rows(["entry", "from raw text, GFLOP/s", "the layers alone, GFLOP/s"], shares),
        budgets="\n".join(budgets),
        seconds=_rows([*_SECONDS], seconds),
        training=training(results),
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
