"""Neural networks that really run on microcontrollers: a search for the feasible Pareto front."""
