"""Readouts in closed form: ridge regression on the states of reservoirs."""
