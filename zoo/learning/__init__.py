"""Learners: from a recipe, or a checkpoint and data of a user's own, to a checkpoint."""
