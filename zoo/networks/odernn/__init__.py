"""ODE-RNN, whose state follows a differential equation between measurements."""
