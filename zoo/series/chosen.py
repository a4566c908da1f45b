"""Which columns are the channels that a model was tuned on, by their names."""

from __future__ import annotations

from collections.abc import Collection, Sequence

__all__ = ["by_name", "in_known_order"]


def by_name(known: Sequence[str], names: Sequence[str], channels: int | None) -> list[str] | None:
    """Return the channels that a model was tuned on if a table holds them all; else None.

    Args:
        known: names of the channels; a record may claim anything.
        names: of the columns of the table.
        channels: how many there must be; None where that is open.

    Example:
        >>> by_name(["y1", "y2"], ["ds", "y2", "y1"], 2), by_name([], ["y1"], 1)
        (['y1', 'y2'], None)
    """
    fits = channels in (None, len(known)) and len(set(known)) == len(known)
    return list(known) if known and fits and set(known) <= set(names) else None


def in_known_order(
    chosen: Sequence[int],
    names: Sequence[str],
    known: Sequence[str],
    *,
    apart: Collection[int | None],
    asked: bool,
) -> tuple[list[int], list[str]]:
    """Return channels in the order that a model knows them in, and what differs from that.

    Args:
        chosen: numbers of the columns that are channels.
        names: of all columns.
        known: names of the channels that the model was tuned on.
        apart: numbers of columns that are no channels, such as dates.
        asked: whether a user has named the columns.

    Returns:
        Numbers of columns, and sentences to warn with.

    Example:
        >>> in_known_order([1, 2], ["ds", "b", "a"], ["a", "b"], apart=[0], asked=False)
        ([2, 1], [])
    """
    own, wanted = [names[index] for index in chosen], ", ".join(known)
    if sorted(own) == sorted(known) and len(set(own)) == len(own):
        order = [chosen[own.index(name)] for name in known]
        others = [
            name for index, name in enumerate(names) if index not in chosen and index not in apart
        ]
        warned = []
        if asked and own != list(known):
            warned.append(f"the columns are put in the order of the model: {wanted}")
        left = ", ".join(others)
        if others and not asked:
            warned.append(f"left out, for the model was tuned on {wanted} alone: {left}")
        return order, warned
    if not asked and len(own) == len(known) and not all(name.isdecimal() for name in own):
        return list(chosen), [
            f"the columns {', '.join(own)} are taken for {wanted}, which the model was tuned on, "
            "in this order; name them with --columns in theirs where that is wrong"
        ]
    return list(chosen), []
