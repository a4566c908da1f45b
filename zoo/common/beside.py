"""What plain methods come to beside a model, for its card."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from zoo.schema import ModelInfo

__all__ = ["beside_baselines"]


def beside_baselines(
    info: ModelInfo,
    baselines: Mapping[str, Mapping[str, float]],
    called: Mapping[str, str],
    lower: Collection[str] = (),
    digits: int = 3,
) -> str:
    """Return what plain methods come to beside a model, and where they are better than it.

    Args:
        info: the record of the model.
        baselines: by what they are the values of figures.
        called: what the figures are called, by name.
        lower: names of figures of which less is better.
        digits: digits after the point.

    Example:
        >>> import zoo
        >>> coin = {"a coin": {"auc": 0.5}}
        >>> beside_baselines(zoo.info("grud-physionet2012"), coin, {"auc": "AUC"})[51:]
        'In AUC this model is ahead of them by 0.361.'
    """
    own = {metric.name: metric.value for metric in info.metrics}
    known = {name for found in baselines.values() for name in found if name in own}
    compared = [name for name in called if name in known]
    lines = [
        f"{what} {' and '.join(f'{called[name]} {found[name]:.{digits}f}' for name in shared)}"
        for what, found in baselines.items()
        if (shared := [name for name in compared if name in found])
    ]
    if not lines:
        return ""
    told = [f"Plain methods on the same split: {'; '.join(lines)}."]
    for name in compared:
        values = {what: found[name] for what, found in baselines.items() if name in found}
        best = (min if name in lower else max)(values, key=values.__getitem__)
        # As far as the digits go in which both are told.
        ahead = round(own[name], digits) - round(values[best], digits)
        ahead = round(-ahead if name in lower else ahead, digits)
        figures = f"{values[best]:.{digits}f} to {own[name]:.{digits}f}"
        if ahead < 0:
            told.append(f"In {called[name]} {best} wins by {-ahead:.{digits}f} ({figures}).")
        elif ahead > 0:
            told.append(f"In {called[name]} this model is ahead of them by {ahead:.{digits}f}.")
        else:
            told.append(f"In {called[name]} this model and {best} come to the same.")
    return " ".join(told)
