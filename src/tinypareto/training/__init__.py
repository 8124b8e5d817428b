"""The training loop with gradual structured pruning."""
