"""What every word of a text is."""
