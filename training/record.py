"""What a checkpoint's record tells of the recipes' repository."""

from __future__ import annotations

import subprocess
from pathlib import Path

__all__ = ["commit"]

ROOT = Path(__file__).resolve().parent.parent


def commit() -> str | None:
    """Return the commit that is checked out, marked when files differ from it."""
    try:
        head = subprocess.run(
            ["git", "describe", "--always", "--abbrev=40", "--dirty", "--match="],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return head.stdout.strip() or None
