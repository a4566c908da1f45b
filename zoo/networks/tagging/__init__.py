"""Taggers of words, which see where else in a document a word stands."""
