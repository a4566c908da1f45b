"""Checkpoints on the Hugging Face Hub: fetched, verified, staged and pushed."""
