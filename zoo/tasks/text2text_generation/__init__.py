"""Text to text, unit by unit: letters to sounds and back, names into another script."""
