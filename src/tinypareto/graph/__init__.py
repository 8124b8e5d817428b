"""The integer network: NumPy only, exact."""
