"""Data sources: one file each, all return a `Dataset`."""
