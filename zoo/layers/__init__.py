"""Keras layers that the field has and Keras has not."""
