"""What the README shows does what it says there."""

from __future__ import annotations

import re
from pathlib import Path

import keras
import pytest

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def block(word: str) -> str:
    """Return the only block of Python in the README that holds a word."""
    (found,) = (code for code in re.findall(r"```python\n(.*?)```", README, re.S) if word in code)
    return found


@pytest.mark.slow
def test_the_example_of_fit_learns_its_texts(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    keras.utils.set_random_seed(0)
    lines = block("model.fit(texts").replace("model.evaluate(", "scores = model.evaluate(")
    *head, last = lines.strip().splitlines()
    assert "1.0" in lines and "'good'" in last
    names: dict = {}
    exec("\n".join(["import zoo", *head, f"answer = {last}"]), names)
    assert names["scores"][1] == 1.0
    assert names["answer"][0]["label"] == "good"
