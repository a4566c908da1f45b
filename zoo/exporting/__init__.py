"""Checkpoints written as other programs read them: a folder that stands for itself."""
