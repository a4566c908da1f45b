"""Commands that take options of the tasks, each of which says in its folder what it takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from inspect import Parameter, Signature, signature
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand

from zoo.errors import InputError, shown

if TYPE_CHECKING:
    from zoo.common.options import Option

__all__ = ["check_options", "command_of", "given_options", "options_by_task"]

# A command takes the tasks' options in the place of this parameter, ahead of what all share.
_PLACE = "hub"


@cache
def options_by_task(command: str) -> dict[str, dict[str, Option]]:
    """Return the options of every task for a command, by the task and by their name in Python.

    Args:
        command: the command's name.

    Example:
        >>> "num_beams" in options_by_task("predict")["translation"]
        True
    """
    from zoo.task import options_of, task_names  # here: NumPy, which `zoo --version` does without

    return {task: options_of(task, command) for task in task_names()}


def _merged(command: str) -> dict[str, Option]:
    """Return the options of all tasks, of which each stands once."""
    found: dict[str, Option] = {}
    for task, options in options_by_task(command).items():
        for name, option in options.items():
            if found.setdefault(name, option) is not option:
                raise TypeError(
                    f"Expected one declaration of {name} for the tasks that share it. Received: "
                    f"another one in the options of {task}. Put it where both can import it"
                )
    return found


class _TaskCommand(TyperCommand):
    """A command in whose options the tasks have a part.

    Theirs are read where something is given that is not the command's own, or its help is asked
    for: an answer waits for no task but its own.
    """

    complete: Callable[[], TyperCommand] | None = None

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        own = {"-", "--", *(flag for p in self.params for flag in (*p.opts, *p.secondary_opts))}
        if self.complete and any(a[:1] == "-" and a.partition("=")[0] not in own for a in args):
            whole = self.complete()
            self.params, self.callback, self.complete = whole.params, whole.callback, None
        return super().parse_args(ctx, args)


def command_of(name: str, function: Callable[..., Any], settings: dict[str, Any]) -> TyperCommand:
    """Return a command, with the tasks' options too if its function takes any keyword.

    Args:
        name: the command's name.
        function: what it does; its parameters are the command's own arguments and options.
        settings: of the context.
    """

    def build(function: Callable[..., Any]) -> Any:
        one = typer.Typer(add_completion=False, rich_markup_mode="rich", context_settings=settings)
        one.command(name, cls=_TaskCommand)(function)
        return typer.main.get_command(one)

    own = list(signature(function, eval_str=True).parameters.values())
    if all(parameter.kind is not Parameter.VAR_KEYWORD for parameter in own):
        return build(function)
    command = build(_declared(function, own, {}))
    command.complete = lambda: build(_declared(function, own, _merged(name)))
    return command


def _declared(
    function: Callable[..., Any], own: list[Parameter], options: Mapping[str, Option]
) -> Callable[..., Any]:
    """Return a command that declares options beside its own."""

    def command(**values: Any) -> None:
        function(**values)

    parameters = []
    for parameter in own:
        if parameter.name == _PLACE:
            parameters += [
                Parameter(
                    key, Parameter.KEYWORD_ONLY, default=one.default, annotation=one.annotation
                )
                for key, one in options.items()
            ]
        if parameter.kind is not Parameter.VAR_KEYWORD:
            parameters.append(parameter.replace(kind=Parameter.KEYWORD_ONLY))
    command.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {}
    command.__doc__ = function.__doc__
    return command


def given_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that have a value, for who refuses by himself what does not apply.

    Args:
        options: what the command was called with, by the options' names in Python.

    Example:
        >>> given_options({"seed": 0, "epochs": None, "columns": []})
        {'seed': 0}
    """
    return {name: value for name, value in options.items() if value not in (None, [])}


def check_options(command: str, given: Mapping[str, Any], name: str, task: str) -> dict[str, Any]:
    """Return the options that were given, all of which an entry's task takes.

    Args:
        command: the command's name.
        given: what the command was called with, by the options' names in Python.
        name: the entry, as the user calls it.
        task: its task.

    Raises:
        InputError: a number is too small, or the task does not take an option.
    """
    if not given:
        return {}
    by_task = options_by_task(command)
    chosen = {}
    for option, declared in _merged(command).items():
        value, flag = given.get(option), f"--{option.replace('_', '-')}"
        if value in (None, [], declared.default):
            continue
        if declared.least is not None and value < declared.least:
            raise InputError(
                f"Expected {flag} of at least {declared.least}. Received: {shown(value)}"
            )
        if option not in by_task[task]:
            takers = [one for one, options in by_task.items() if option in options]
            raise InputError(
                declared.refusal.format(
                    flag=flag, value=shown(value), name=name, task=task, tasks=" or ".join(takers)
                )
            )
        chosen[option] = value
    return chosen
