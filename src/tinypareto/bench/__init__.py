"""Test problems and comparisons of solvers."""
