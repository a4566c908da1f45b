"""Which class a numeric series is of."""
