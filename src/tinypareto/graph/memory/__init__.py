"""Static memory planning: the order of the operators, and the offsets of tensors in the arena."""
