"""KerasHub tasks: what a user calls fit, evaluate and predict on."""
