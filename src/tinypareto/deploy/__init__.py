"""A network that was found, or read from a file, on its way to the chip."""
