"""Keras backbones, one file a family."""
