"""Colours of what speaks for an answer and of what speaks against it."""

from __future__ import annotations

__all__ = ["AGAINST", "FOR"]

# Blue speaks for the label and orange against it: told apart by most who confuse red and green.
FOR, AGAINST = (31, 119, 200), (230, 120, 20)
