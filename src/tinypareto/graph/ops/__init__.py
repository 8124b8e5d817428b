"""The integer operators: one file each."""
