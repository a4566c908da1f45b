"""How weights are found: readouts in closed form, and networks by gradient descent.

Recipes and fine-tuning use the same; nothing in here knows of either.
"""
