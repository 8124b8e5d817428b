"""Finds the filters of a network that can be removed together, and removes them."""
