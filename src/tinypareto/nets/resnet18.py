"""ResNet18 with three stages instead of four: the network of Deutel 2023 for CIFAR-10 (Section 5).

Two residual blocks a stage (He 2016), no pooling before them, batch norm everywhere. The paper
gives 1.6 M parameters and no widths. With the first stage 48 wide there are 1.57 M (the usual 64
would be 2.8 M), so `width=48` stands for the paper's network.
"""

from tinypareto.nets.residual import resnet

RESNET18 = resnet(
    "resnet18",
    "residual blocks, three stages of two, for images and series (width=48: the paper's)",
    blocks=2,
)
