"""Echo state networks: a fixed reservoir, and a readout in closed form."""
