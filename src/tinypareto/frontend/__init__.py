"""Turns a `torch.nn.Module` into a list of torch-free calls."""
