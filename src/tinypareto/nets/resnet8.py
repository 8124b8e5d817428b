"""ResNet8 of the MLPerf Tiny benchmark's image classification (Banbury 2021).

Three stages of widths 16, 32 and 64 have one residual block each; shortcuts have a bias and no
batch norm. On CIFAR-10 it has 77,946 parameters. The reference counts 78,666: it includes 240
biases that its batch norms absorb, and 480 running statistics.
"""

from tinypareto.nets.residual import resnet

RESNET8 = resnet(
    "resnet8",
    "residual blocks, three stages of one (MLPerf Tiny), for images and series",
    blocks=1,
    norm_shortcut=False,
)
