"""How fast a checkpoint answers on the machine at hand, and what else could ask it."""
