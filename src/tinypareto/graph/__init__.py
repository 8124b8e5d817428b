"""The integer network: graph, operators, exact interpreter and costs, in NumPy alone."""
