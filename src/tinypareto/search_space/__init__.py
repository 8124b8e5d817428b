"""The parameters of a search, and candidates as points of the unit cube."""
