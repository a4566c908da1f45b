"""`zoo info`: what an entry or a checkpoint is."""

from __future__ import annotations

import zoo
from zoo.cli.errors import one_line_errors
from zoo.cli.options import Hub, Json, Revision, Source, source_of
from zoo.cli.output import figure, print_json, print_table, tuning_rows

__all__ = ["command"]


def command(
    name: Source, hub: Hub = False, revision: Revision = None, as_json: Json = False
) -> None:
    """Describe an entry, a checkpoint directory or a checkpoint on the Hugging Face Hub.

    Examples:

        zoo info lstm-imdb

        zoo info ./my-checkpoint --json

        zoo info hf://user/repo --revision v1.0
    """
    with one_line_errors():
        from zoo.schema import megabytes, short_spread

        entry = zoo.info(name, source=source_of(hub), revision=revision)
        if as_json:
            import msgspec

            print_json(msgspec.to_builtins(entry))
            return
        rows = [
            ("name", entry.name),
            ("description", entry.description),
            ("task", entry.task),
            ("architecture", entry.architecture),
            ("labels", ", ".join(entry.labels)),
            ("parameters", f"{entry.parameters:,}"),
            ("size", f"{megabytes(entry.size)} MB"),
        ]
        if entry.dataset:
            rows.append(("data set", f"{entry.dataset.title}, {entry.dataset.url}"))
        for metric in entry.metrics:
            rows.append((f"{metric.split} {metric.name}", figure(metric)))
            if metric.seeds:
                spread = short_spread(metric.seeds, "+-")
                rows.append((f"  over {len(metric.seeds.values)} seeds", spread))
        if entry.training:
            run = entry.training
            rows.append(("trained by", f"{run.recipe} in {run.minutes} min on {run.hardware}"))
            rows.extend(tuning_rows(run))
        if entry.base_model:
            rows.append(
                ("derived from", f"{entry.base_model.name}, weights {entry.base_model.sha256}")
            )
        if entry.licenses:
            rows.append(("licence", entry.licenses.weights))
            rows.append(("data terms", entry.licenses.data))
        rows.extend(
            ("paper", f"{paper.authors} ({paper.year}): {paper.title}. {paper.url}")
            for paper in entry.papers
        )
        print_table(("", entry.name), [row for row in rows if row[1]])
