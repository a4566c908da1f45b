"""The README.md of an export: what goes in, what comes out, and how it is asked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from zoo.common.escape import Markdown, templates
from zoo.schema import short

if TYPE_CHECKING:
    from zoo.exporting.checking import Difference
    from zoo.exporting.formats import ExportFormat, Job
    from zoo.exporting.rounding import Rounded

__all__ = ["render_readme"]

_MOST_LABELS = 50


def render_readme(
    form: ExportFormat, job: Job, name: str, difference: Difference, rounded: Rounded | None
) -> str:
    """Return the README.md of an export.

    Args:
        form: the format.
        job: what was exported.
        name: the format's name.
        difference: how far its answers are from those of what it was exported from.
        rounded: what rounding the weights cost, where they were rounded.
    """
    source, how = job.source, job.how
    names = [] if form.raw else form.names(job)
    code = how.raw(source) if form.raw else how.example(source, names)
    sizes: dict[int | str, int] = dict(form.sizes(job).items())
    tables = [
        (
            graph,
            [
                (kind, tensor, [sizes.get(size, size) for size in tensor.shape])
                for kind, tensors in (
                    ("input", job.graphs[graph].inputs),
                    ("output", job.graphs[graph].outputs),
                )
                for tensor in tensors
            ],
        )
        for graph in names
    ]
    text = (
        templates()
        .overlay(trim_blocks=True, lstrip_blocks=True)
        .get_template(form.template)
        .render(
            info=source.info,
            form=form,
            job=job,
            front=Markdown(form.front(job)),
            format=name,
            quantize=job.quantize,
            snippet=Markdown(f"{form.loading(job).rstrip()}\n{code}"),
            packages=[*form.runs, *([] if form.raw or not source.assets else ["tokenizers"])],
            tables=tables,
            before=Markdown(how.before(source)),
            after=Markdown(how.after(source)),
            labels=source.info.labels[:_MOST_LABELS],
            difference=difference,
            largest=f"{difference.largest:.2g}",
            allowed=f"{difference.allowed:g}",
            rounded=rounded,
            short=short,
            told=Markdown,
        )
    )
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
