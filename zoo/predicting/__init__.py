"""Answers to whole files: read, answered and written part by part, so that nothing is lost."""
