"""Encoder-decoders with additive attention."""
