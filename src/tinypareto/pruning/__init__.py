"""Which filters of a network can be removed, what goes with them, and their removal."""
