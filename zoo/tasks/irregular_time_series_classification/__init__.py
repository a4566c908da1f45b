"""Which class an irregular series is of."""
