"""What tells how a network comes to its answers, whatever it reads."""
