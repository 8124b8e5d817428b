"""int8 ONNX with QuantizeLinear and DequantizeLinear around every operator (QDQ).

`writer` converts an integer graph to it, `reader` converts a model from any exporter back, and
`compare` runs it in ONNX Runtime. Tensors are (batch, channels, height, width) in ONNX.
"""
