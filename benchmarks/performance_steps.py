"""Sections of docs/performance.md on steps of training and networks of series."""

from __future__ import annotations

from typing import Any

__all__ = ["language", "rows_of", "series", "training"]

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
_LANGUAGE = """
## Training language models

Measured by `python -m benchmarks.language_training` on {hardware} with {versions}: a step of the
learner that the entry's recipe makes, on {cores}, {rounds} times in turn.{busy} torch trains
the same network on the same batches: with the state carried on, dropout in the same places, dropped
recurrent weights, AdamW, clipping and averaging, at its fastest (its layers by oneDNN or not, its
optimiser fused or not). It tells every word from all others; the zoo does so too, and beside it as
the recipe of {sampled} does, among words that are drawn. Tokens a second by the clock and of
the processor, which other work on the machine changes less, each also as a multiple of torch's, and
the operations of its products of matrices as a share of what one core does in a product of large
ones, by the processor's time: {limits}.

{rows}
"""
_BUSY = """ The machine
did other work all the while: of what the clock says the ratios count alone."""
_TOKENS = (
    "entry",
    "way",
    "batch",
    "tokens/s",
    "torch's",
    "tokens/s of the processor",
    "torch's",
    "of the limit",
    "MB",
)
_SERIES = """
## Networks of series

Measured by `python -m benchmarks.series` on {hardware} with {versions}, {rounds} times in turn:
steps of training on batches of the entry's recipe, and answers from raw series to forecasts,
classes and scores. Milliseconds of the clock and of the processor for a step, a series or a row of
a stream, each also as a multiple of native torch at its fastest with the same layers, and the
largest difference of an answer from the zoo's.

{rows}
"""
_ANSWERS = (
    "entry",
    "what",
    "way",
    "ms",
    "torch's",
    "processor, ms",
    "torch's",
    "MB",
    "difference",
)
_CASES = {"one": "one series", "row of a stream": "a row of a stream"}


def rows_of(header: list[str], rows: list[list[str]]) -> str:
    """Return a table in Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in lines)


def training(results: dict[str, Any]) -> str:
    """Return the section on training steps, if they were measured."""
    if "training" not in results:
        return ""
    found = results["training"]
    batch, length = found["batch"]
    rows = []
    for entry, ways in found["entries"].items():
        for way, one in ways.items():
            clock, processor = one["seconds"], one["cpu"]
            rates = [batch * length / clock[key] for key in ("median", "high", "low")]
            shares = [_share(ways, one, case) for case in ("seconds", "cpu")]
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
        rows=rows_of([*_STEPS], rows),
    )


def language(results: dict[str, Any]) -> str:
    """Return the section on training language models, if that was measured."""
    if "language training" not in results:
        return ""
    found, rows, limits, sampled = results["language training"], [], [], []
    waited = 1.0
    for entry, one in found["entries"].items():
        streams, steps = one["batch"]
        limits.append(f"{one['limit']['cpu'] / 1e9:.0f} GFLOP/s beside {entry}")
        for way, own in one["ways"].items():
            clock, processor = (
                streams * steps / own[case]["median"] for case in ("seconds", "cpu")
            )
            waited = max(waited, processor / clock)
            if "sampled" in way:
                sampled.append(entry)
            rows.append(
                [
                    entry,
                    way,
                    f"{streams} x {steps}",
                    f"{clock:,.0f}",
                    _share(one["ways"], own, "seconds"),
                    f"{processor:,.0f}",
                    _share(one["ways"], own, "cpu"),
                    f"{processor * own['operations'] / one['limit']['cpu']:.0%}",
                    f"{own['memory']:.0f}",
                ]
            )
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    return _LANGUAGE.format(
        hardware=found["hardware"],
        versions=versions,
        cores="one core" if found["cores"] == 1 else f"{found['cores']} cores",
        rounds=found["rounds"],
        busy=_BUSY if waited > 2 * found["cores"] else "",
        limits=", ".join(limits),
        sampled=" and ".join(sampled),
        rows=rows_of([*_TOKENS], rows),
    )


def series(results: dict[str, Any]) -> str:
    """Return the section on networks of series, if they were measured."""
    if "series" not in results:
        return ""
    found, rows = results["series"], []
    for entry, one in found["entries"].items():
        cases = {f"a training step of {one['batch']}": one["training"]}
        for case, own in one["inference"].items():
            cases[_CASES.get(case, f"{case} at once")] = own
        for what, ways in cases.items():
            for way, own in ways.items():
                cells = []
                for case in ("seconds", "cpu"):
                    cells += [f"{own[case]['median'] * 1e3:.3g}", _share(ways, own, case)]
                difference = f"{own['difference']:.0e}" if "difference" in own else "-"
                rows.append([entry, what, way, *cells, f"{own['memory']:.0f}", difference])
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    return _SERIES.format(
        hardware=found["hardware"],
        versions=versions,
        rounds=found["rounds"],
        rows=rows_of([*_ANSWERS], rows),
    )


def _share(ways: dict[str, Any], own: dict[str, Any], case: str) -> str:
    """Return how many times as fast a way is as native torch at its fastest."""
    peers = [one[case]["median"] for way, one in ways.items() if way.startswith("torch")]
    return f"{min(peers) / own[case]['median']:.2f}" if peers else "-"
