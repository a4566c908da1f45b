"""Convolutions over words."""
