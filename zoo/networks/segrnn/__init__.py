"""SegRNN: one GRU over segments of a numeric series, and all segments of its forecast at once."""
