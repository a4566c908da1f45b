"""A page on which a model answers in the visitor's own browser."""
