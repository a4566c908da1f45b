"""Compare the entries of IMDB: accuracy from their records, speed measured here and now.

    python -m benchmarks.compare_imdb [--texts 2000] [--runs 5] [--flow-texts 12]

Writes `docs/imdb.md` and its pictures, `docs/imdb.png` and `docs/gradient-flow.png`. Latency is one
call of the pipeline with one review, the median over 200 reviews; throughput is the median of the
runs over the same reviews, with one thread and with two.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from matplotlib.figure import Figure

import zoo
from zoo.datasets import load_dataset
from zoo.fitting.machine import hardware
from zoo.gradients import png

DOCS = Path(__file__).resolve().parent.parent / "docs"

TEXT = """\
# The networks of the zoo on IMDB, side by side

Written by `python -m benchmarks.compare_imdb`: accuracy, parameters and training time are what
each entry's record says, speed is one run on {hardware}.

![Accuracy against the time one review takes](imdb.png)

{table}

- **Accuracy**: share of the 25,000 official test reviews, with its 95 % bootstrap interval; the
  next column is the mean and the standard deviation over the seeds, of which the one with the
  lowest validation loss ships.
- **One review**: median milliseconds of one call of the pipeline, over {singles} test reviews.
- **Reviews/s**: {texts} test reviews in one call, on one thread and on two.
- **Training**: minutes for one seed, on the hardware that the entry's card names.

Each was trained on 22,500 labelled reviews and chosen on 2,500 others, of other films. A linear
classifier of n-grams taught each of them, and some learnt from other entries too (see each card).

## Which to pick

{advice}

## How far back the gradient reaches

![Norm of the gradient against the distance in time](gradient-flow.png)

The derivative of the last state of each recurrent network with respect to the embedded word some
steps earlier, relative to that of the last word: the median over {flow_texts} long validation
reviews, with the quartiles in the picture (`zoo.gradient_flow`). Bidirectional networks are left
out: their last state has read the text from both ends.

{flow}

Where a figure is small the network cannot learn from words that far back: its gradient vanishes
with distance (Bengio et al. 1994). Pooling over all steps gives each word a short way to the
answer all the same, which is why the networks classify long reviews well.
"""
DISTANCES = (1, 5, 10, 20, 50, 100, 200)


def measure(name: str, texts: list[str], singles: int, runs: int) -> dict[str, float]:
    """Return milliseconds for one review, and reviews a second on one thread and on two."""
    result = {}
    for threads in (1, 2):
        classify = zoo.pipeline(name, threads=threads)
        classify.predict_proba(texts)
        seconds = []
        for _ in range(runs):
            start = time.perf_counter()
            classify.predict_proba(texts)
            seconds.append(time.perf_counter() - start)
        result[f"throughput_{threads}"] = len(texts) / statistics.median(seconds)
    seconds = []
    for text in texts[:singles]:
        start = time.perf_counter()
        classify.predict_proba(text)
        seconds.append(time.perf_counter() - start)
    return {**result, "latency": 1000 * statistics.median(seconds)}


def table(rows: list[dict]) -> str:  # type: ignore[type-arg]
    """Return the Markdown table of the entries, the most accurate first."""
    head = "| Entry | Accuracy | Seeds | Parameters | MB | One review, ms | Reviews/s, 1 thread "
    head += "| 2 threads | Training, min |"
    lines = [head, "| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |"]
    for row in rows:
        low, high = row["interval"]
        lines.append(
            f"| [{row['name']}](../hub_cards/{row['name']}.md) "
            f"| {row['accuracy']:.2%} [{low:.2%}, {high:.2%}] | {row['seeds']} "
            f"| {row['parameters']:,} | {row['megabytes']:.1f} | {row['latency']:.2f} "
            f"| {row['throughput_1']:,.0f} | {row['throughput_2']:,.0f} | {row['minutes']:.0f} |"
        )
    return "\n".join(lines)


def advice(rows: list[dict]) -> str:  # type: ignore[type-arg]
    """Return what to pick when, in sentences that follow from the figures."""
    best = rows[0]
    fastest = max(rows, key=lambda row: row["throughput_2"])
    smallest = min(rows, key=lambda row: row["megabytes"])
    lines = [
        f"- **The highest accuracy**: `{best['name']}`, {best['accuracy']:.1%}.",
        f"- **The most reviews a second**: `{fastest['name']}`, "
        f"{fastest['throughput_2']:,.0f} on two threads at {fastest['accuracy']:.1%}.",
        f"- **The smallest download**: `{smallest['name']}`, {smallest['megabytes']:.1f} MB.",
    ]
    close = [r["name"] for r in rows[1:] if r["interval"][1] >= best["interval"][0]]
    if close:
        names = ", ".join(f"`{name}`" for name in close)
        lines.append(
            f"- Intervals that overlap the best one's ({names}) are no reason to prefer it: choose "
            "among these by speed."
        )
    return "\n".join(lines)


def picture(rows: list[dict]) -> Figure:  # type: ignore[type-arg]
    """Draw accuracy against latency."""
    figure = Figure(figsize=(7.5, 4.5), layout="constrained")
    axes = figure.subplots()
    for index, row in enumerate(sorted(rows, key=lambda row: row["latency"])):
        low, high = row["interval"]
        spread = [[100 * (row["accuracy"] - low)], [100 * (high - row["accuracy"])]]
        axes.errorbar(row["latency"], 100 * row["accuracy"], yerr=spread, fmt="o", capsize=3)
        axes.annotate(
            row["name"].removesuffix("-imdb"),
            (row["latency"], 100 * row["accuracy"]),
            textcoords="offset points",
            xytext=(6, 5 if index % 2 else -13),  # neighbours' names do not meet
        )
    axes.margins(x=0.2)
    axes.set_xlabel("one review through the pipeline (ms, median)")
    axes.set_ylabel("accuracy on the test reviews (%)")
    axes.grid(alpha=0.3, which="both")
    return figure


def gradient_flows(names: list[str], texts: list[str]) -> dict[str, np.ndarray]:
    """Measure how far back the gradients of recurrent networks that read forwards reach."""
    flows = {}
    for name in names:
        model = zoo.load(name)
        spec = model.backbone.spec
        if hasattr(spec, "cell") and not spec.bidirectional:
            flows[name] = zoo.gradient_flow(model, texts, distance=max(DISTANCES))
    return flows


def flow_table(flows: dict[str, np.ndarray]) -> str:
    """Return the Markdown table of the median relative norms."""
    lines = [f"| Words back | {' | '.join(map(str, DISTANCES))} |"]
    lines.append("| --- |" + " ---: |" * len(DISTANCES))
    for name, flow in flows.items():
        relative = np.nanmedian(flow / flow[:, :1], axis=0)
        lines.append(f"| {name} | {' | '.join(f'{relative[d]:.1e}' for d in DISTANCES)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--texts", type=int, default=2000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--flow-texts", type=int, default=12)
    arguments = parser.parse_args()
    singles = min(200, arguments.texts)
    all_texts = load_dataset("imdb_reviews", "test").texts
    chosen = np.random.default_rng(0).choice(len(all_texts), arguments.texts, replace=False)
    texts = [all_texts[index] for index in chosen]
    rows = []
    for name in zoo.list_models(dataset="imdb_reviews"):
        info = zoo.info(name)
        accuracy = info.metric("accuracy")
        assert info.training is not None and accuracy is not None
        spread = accuracy.seeds
        rows.append(
            {
                "name": name,
                "accuracy": accuracy.value,
                "interval": accuracy.confidence_interval,
                "seeds": f"{spread.mean:.2%} ± {spread.std:.2%}" if spread else "one",
                "parameters": info.parameters,
                "megabytes": sum(file.size for file in info.files.values()) / 1e6,
                "minutes": info.training.minutes,
                **measure(name, texts, singles, arguments.runs),
            }
        )
        print(name, {key: round(rows[-1][key], 2) for key in ("latency", "throughput_2")})
    rows.sort(key=lambda row: -row["accuracy"])
    DOCS.mkdir(exist_ok=True)
    (DOCS / "imdb.png").write_bytes(png(picture(rows)))
    validation = sorted(load_dataset("imdb_reviews", "validation").texts, key=len)
    flow_texts = validation[-arguments.flow_texts :]
    flows = gradient_flows([row["name"] for row in rows], flow_texts)
    zoo.plot_gradient_flow(flows, DOCS / "gradient-flow.png")
    page = TEXT.format(
        hardware=hardware(),
        table=table(rows),
        advice=advice(rows),
        singles=singles,
        flow=flow_table(flows),
        flow_texts=len(flow_texts),
        texts=f"{arguments.texts:,}",
    )
    (DOCS / "imdb.md").write_text(page, encoding="utf-8")
    print(f"Wrote {DOCS / 'imdb.md'} and its pictures.")


if __name__ == "__main__":
    main()
