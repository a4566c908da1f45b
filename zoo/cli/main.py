"""The `zoo` command: list, describe, ask and score the zoo's models."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator, MutableMapping
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import zoo
from zoo.cli.errors import one_line_failures, usage_errors
from zoo.cli.output import say
from zoo.cli.task_options import command_of

# NumPy's linear algebra starts a thread for every core when NumPy is imported. No command uses
# it, and starting them takes a fifth of the time of `zoo predict`.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# In the order in which the help shows them. Each is the function `command` of the module of its
# name in this package.
_NAMES = (
    "list",
    "info",
    "predict",
    "explain",
    "inspect",
    "finetune",
    "tensorboard",
    "evaluate",
    "export",
    "pull",
    "serve",
    "bench",
    "verify",
    "push",
    "card",
)
_SETTINGS: dict[str, Any] = {"help_option_names": ["-h", "--help"]}


class _Commands(MutableMapping[str, Any]):
    """The commands by name, each imported when it is asked for, so that none waits for another."""

    def __init__(self) -> None:
        self._built: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in _NAMES:
            raise KeyError(name)
        if name not in self._built:
            function = importlib.import_module(f"zoo.cli.{name}").command
            self._built[name] = command_of(name, function, _SETTINGS)
        return self._built[name]

    def __setitem__(self, name: str, command: Any) -> None:
        raise TypeError(f"commands are the modules of zoo.cli that {__name__} names: add {name}")

    def __delitem__(self, name: str) -> None:
        raise TypeError(f"commands are the modules of zoo.cli that {__name__} names: drop {name}")

    def __iter__(self) -> Iterator[str]:
        return iter(_NAMES)

    def __len__(self) -> int:
        return len(_NAMES)


class _Zoo(TyperGroup):
    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = _Commands()

    def main(self, args: Any = None, *, standalone_mode: bool = True, **extra: Any) -> Any:  # type: ignore[override]
        """Run as Typer does, but for wrong use, which it tells in a page of its own."""
        if not standalone_mode:
            return super().main(args, standalone_mode=False, **extra)
        with one_line_failures(), usage_errors(_NAMES):
            sys.exit(super().main(args, standalone_mode=False, **extra))


app = typer.Typer(
    cls=_Zoo,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings=_SETTINGS,
    help="Recurrent networks with trained weights: list, describe, ask and score them.",
)


def _version(value: bool) -> None:
    if value:
        say(f"rnn-zoo {zoo.__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command; whatever fails, before a command begins or as it ends, is one line."""
    with one_line_failures():
        try:
            app()
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()


if __name__ == "__main__":
    main()
