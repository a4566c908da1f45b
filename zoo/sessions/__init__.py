"""Streams with a state: what arrives piece by piece is answered piece by piece."""
