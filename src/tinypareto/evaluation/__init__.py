"""Evaluation of candidates: costs before training, then training, quantization and measurement."""
