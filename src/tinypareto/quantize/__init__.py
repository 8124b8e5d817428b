"""Post-training quantization: calibration of a trained torch module for its integer graph."""
