"""Plans the arena: the order of the operators, and an address for each tensor."""
