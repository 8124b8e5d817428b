"""Runs a network's forward and backward passes without autograd."""
