"""Which module serves a network: reservoirs, networks that are trained, irregular series.

What all kinds share lies in modules of plain names, such as `answers`; what one does in its own way
in a module whose name begins with the kind, such as `trained_pipeline`.
"""

from __future__ import annotations

import importlib
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["part_of"]


def part_of(network: Any, name: str) -> Any:
    """Return the module of this task that does something for a network.

    Args:
        network: arguments of the network, or what bounds them: a `NetworkSpec` or its class.
        name: what it does, such as `"pipeline"`.

    Example:
        >>> from zoo.networks.echo_state.spec import EchoStateBackboneSpec
        >>> part_of(EchoStateBackboneSpec, "pipeline").__name__.rpartition(".")[2]
        'pipeline'
    """
    kind = "trained"
    if getattr(network, "irregular", False):
        kind = "irregular"
    elif network.closed_form:
        kind = ""
    return _module(kind, name)


@cache
def _module(kind: str, name: str) -> Any:
    own = f"{kind}_{name}"
    found = own if (Path(__file__).parent / f"{own}.py").is_file() else name
    return importlib.import_module(f"{__package__}.{found}")
