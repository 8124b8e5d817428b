"""int8 ONNX with QuantizeLinear and DequantizeLinear around every operator (QDQ).

`writer` makes it of an integer graph, `reader` reads it, whoever made it, and `compare` runs it in
ONNX Runtime. Tensors are (batch, channels, height, width) there.
"""
