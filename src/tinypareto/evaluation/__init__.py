"""From a candidate to its measurement: costs before training, training, quantization, figures."""
