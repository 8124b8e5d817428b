"""Compilers and boards: the only place with subprocesses."""
