"""Simple recurrent, LSTM and GRU networks, over words and n-grams."""
