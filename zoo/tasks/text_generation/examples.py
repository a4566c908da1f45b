"""How examples ask a language model: beginnings of texts, and what it wrote as a text."""

from __future__ import annotations

from zoo.datasets import dataset_named
from zoo.schema import ModelInfo

__all__ = ["JOINED", "PASSAGES", "prompts_of"]

# Python that makes a text of token ids that were written, by the unit.
JOINED = {
    "words": '" ".join(map(tokenizer.id_to_token, written)).replace("<eos>", "\\n")',
    "characters": '"".join(map(tokenizer.id_to_token, written))',
}
# Of nothing in particular; small letters, for some vocabularies have no others.
_PROMPTS = {
    "words": ("the", "it was said that the", "one of the first"),
    "characters": ("The ", "It was said that the ", "One of the first "),
}
# Texts that nobody has learnt, the same for all networks, which some are more surprised by.
PASSAGES = {
    "words": "the old house by the river was sold in the third year of the war , and the man who "
    "had built it said that he would never come back . the bank that owned the land wanted more "
    "money than the town could pay , but the mayor said it was only a matter of time .\n",
    "characters": "The old house by the river was sold, and he\nThat built it said he would no "
    "more come back.\n\nMAYOR:\nWhat say you, sir? The town hath not the gold\nTo pay for what "
    "the river gave for nothing.\n",
}


def prompts_of(info: ModelInfo, unit: str) -> tuple[str, ...]:
    """Return beginnings of texts for a language model: those of its data set, or of nothing known.

    Args:
        info: its record.
        unit: what it reads, `"words"` or `"characters"`.

    Example:
        >>> from zoo.schema import ModelInfo
        >>> info = ModelInfo(name="x", task="text-generation", architecture="lstm", parameters=0)
        >>> prompts_of(info, "words")[0]
        'the'
    """
    dataset = dataset_named(info.dataset.name) if info.dataset and not info.sources else None
    return (dataset.examples if dataset else ()) or _PROMPTS[unit]
