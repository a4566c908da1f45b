"""Warnings that point at the line of who uses the zoo, however deep within it they are said."""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path

__all__ = ["warn_user"]


def warn_user(message: str) -> None:
    """Warn of something at the line outside the zoo from which it was called.

    Args:
        message: what there is to say.

    Example:
        >>> with warnings.catch_warnings(record=True) as caught:
        ...     warn_user("The text holds no word")
        >>> caught[0].message
        UserWarning('The text holds no word')
    """
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, stacklevel=level)


# As its code is called, which a link or a relative path may have led to.
_PACKAGE = f"{Path(warn_user.__code__.co_filename).parent.parent}{os.sep}"
