"""Model cards, rendered from records and checked."""
