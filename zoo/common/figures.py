"""Pictures as files."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["png"]


def png(figure: Figure) -> bytes:
    """Return a figure as the content of a PNG file, the same bytes for the same figure.

    Args:
        figure: a matplotlib figure.
    """
    import io

    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=120, metadata={"Software": None})
    return buffer.getvalue()
