"""From a trained torch module to an integer graph."""
