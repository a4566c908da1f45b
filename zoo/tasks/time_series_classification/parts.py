"""Which module serves a network: a reservoir, or one that is trained by gradient descent.

What both share lies in modules of plain names, such as `answers`, and so does what reservoirs do in
their own way; what trained networks do lies in modules whose names begin so, as `trained_graph`.
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
        name: what it does, such as `"graph"`.

    Example:
        >>> from zoo.networks.echo_state.spec import EchoStateBackboneSpec
        >>> part_of(EchoStateBackboneSpec, "graph").__name__.rpartition(".")[2]
        'graph'
    """
    return importlib.import_module(f"{__package__}.{_found(network.closed_form, name)}")


@cache
def _found(closed_form: bool, name: str) -> str:
    own = f"trained_{name}"
    return own if not closed_form and (Path(__file__).parent / f"{own}.py").is_file() else name
