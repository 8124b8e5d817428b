"""Backends: one file for each way to compile for a family of cores and to run them."""
