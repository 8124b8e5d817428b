"""TensorFlow Lite models of an integer graph."""
