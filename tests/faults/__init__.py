"""Faults provoked for real while customers chat, and load over time: `make test-faults`, `test-soak`."""
