"""GRU-D, which lets the state and the last values fade while nothing is measured."""
