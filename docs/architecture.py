"""Draw the layers of the package out of its imports: `python docs/architecture.py`.

Writes `docs/architecture.svg`. `tests/suite/test_layers.py` reads the same table and the same
imports, and fails when the picture is not what this draws.
"""

from __future__ import annotations

import argparse
import ast
from collections import defaultdict
from collections.abc import Iterator
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PICTURE = Path(__file__).with_suffix(".svg")

# From the ground up; what lies in a layer may import its own layer and those below. A name is a
# package or a module of `zoo`.
LAYERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("values, used by all", ("common", "errors", "schema", "files", "specs")),
    (
        "protocol and tools",
        (
            "formats",
            "recipe",
            "interfaces",
            "task",
            "statistics",
            "graphs",
            "layers",
            "tables",
            "fetching",
            "sessions",
            "insight",
        ),
    ),
    ("kinds of data", ("text", "series", "classes", "pairs")),
    ("networks and data sets", ("networks", "datasets")),
    ("engines", ("checkpoint", "fitting", "learning")),
    ("tasks", ("tasks",)),
    (
        "frame",
        (
            "registry",
            "loading",
            "pipelines",
            "predicting",
            "evaluation",
            "verification",
            "registration",
            "finetuning",
            "cards",
            "hub",
            "boards",
            "explaining",
            "benching",
            "serving",
            "exporting",
        ),
    ),
    ("command", ("cli",)),
)


def module_names() -> dict[str, Path]:
    """Return the file of every module of the package by its dotted name."""
    found = {}
    for path in sorted((ROOT / "zoo").glob("**/*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def _statements(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a module but those that only type checkers see."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        yield node
        yield from _statements(node)


def imports_of(path: Path, modules: dict[str, Path]) -> set[str]:
    """Return the modules of the package that a file imports, anywhere in it.

    Args:
        path: the file.
        modules: the package's modules, from `module_names`.
    """
    found = set()
    for node in _statements(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                found.add(full if full in modules else node.module)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return {name for name in found if name in modules}


def place_of(module: str) -> str | None:
    """Return the name under which a module stands in `LAYERS`, or None for the package itself."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else None


def layer_of(place: str) -> int:
    """Return the number of the layer of a place, from 0 at the ground.

    Raises:
        KeyError: no layer has it.
    """
    for number, (_, places) in enumerate(LAYERS):
        if place in places:
            return number
    raise KeyError(f"{place} stands in no layer: add it to LAYERS in {__file__}")


def edges() -> dict[str, set[str]]:
    """Return which other places each place imports."""
    modules = module_names()
    found: dict[str, set[str]] = defaultdict(set)
    for name, path in modules.items():
        place = place_of(name)
        if place is not None:
            found[place] |= {
                target
                for other in imports_of(path, modules)
                if (target := place_of(other)) not in (None, place)
            }
    return found


_WIDTH, _ROW, _HEIGHT, _LABEL = 1360, 100, 48, 220


def shown_edges() -> dict[str, set[str]]:
    """Return the imports that the picture shows: down to another layer, above the ground, and
    none that follows from others."""
    below = {
        place: {other for other in others if 0 < layer_of(other) < layer_of(place)}
        for place, others in edges().items()
    }

    def reached(place: str) -> set[str]:
        return {far for near in below.get(place, ()) for far in {near, *reached(near)}}

    return {
        place: others - {far for near in others for far in reached(near)}
        for place, others in below.items()
    }


def draw() -> str:
    """Return the picture: a row a layer, a box a place, a line where one imports another."""
    imports = shown_edges()
    boxes: dict[str, tuple[float, float, float]] = {}
    parts, curves = [], []
    for number, (title, places) in enumerate(LAYERS):
        y = 24 + _ROW * (len(LAYERS) - 1 - number)
        parts.append(
            f'<text x="16" y="{y + 30}" class="layer">{number}</text>'
            f'<text x="34" y="{y + 30}" class="title">{escape(title)}</text>'
        )
        widths = [22 + 8 * len(place) for place in places]
        gap = min(24.0, (_WIDTH - _LABEL - 24 - sum(widths)) / max(1, len(places) - 1))
        x = _LABEL + (_WIDTH - _LABEL - 24 - sum(widths) - gap * (len(places) - 1)) / 2
        for place, width in zip(places, widths, strict=True):
            boxes[place] = (x, float(y), float(width))
            x += width + gap
    for place, targets in sorted(imports.items()):
        for target in sorted(targets):
            x, y, width = boxes[place]
            tx, bottom, twidth = boxes[target]
            start, end, top = x + width / 2, tx + twidth / 2, y + _HEIGHT
            middle = (top + bottom) / 2
            curves.append(
                f'<path d="M{start:.0f},{top:.0f} C{start:.0f},{middle:.0f} '
                f'{end:.0f},{middle:.0f} {end:.0f},{bottom:.0f}"/>'
            )
    rectangles = [
        f'<g><rect x="{x:.0f}" y="{y:.0f}" width="{width:.0f}" height="{_HEIGHT}" rx="6"/>'
        f'<text x="{x + width / 2:.0f}" y="{y + 30:.0f}" class="name">{place}</text></g>'
        for place, (x, y, width) in boxes.items()
    ]
    height = 24 + _ROW * len(LAYERS)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        f'width="{_WIDTH}" height="{height}" font-family="Helvetica, Arial, sans-serif">\n'
        "<style>rect{fill:#eef3f8;stroke:#33506e}path{fill:none;stroke:#33506e;opacity:.6}"
        ".name{font-size:13px;text-anchor:middle;fill:#14212e}"
        ".title{font-size:12px;fill:#5b6b7a}.layer{font-size:12px;fill:#33506e;font-weight:bold}"
        "</style>\n"
        f'<rect x="0" y="0" width="{_WIDTH}" height="{height}" style="fill:white;stroke:none"/>\n'
        + "\n".join([*parts, *curves, *rectangles])
        + "\n</svg>\n"
    )


if __name__ == "__main__":
    argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0]).parse_args()
    PICTURE.write_text(draw(), encoding="utf-8")
    print(f"Wrote {PICTURE}")
