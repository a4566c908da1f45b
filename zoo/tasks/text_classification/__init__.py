"""Which class a text is of."""
