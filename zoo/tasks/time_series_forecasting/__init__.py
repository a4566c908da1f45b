"""How a numeric series goes on."""
