"""ResNet18 with three stages instead of four: the network of Deutel 2023 for CIFAR-10 (Section 5).

Each stage has two residual blocks (He 2016) with batch norm everywhere and no pooling before them.
The paper states 1.6 M parameters but no widths. A first stage of width 48 gives 1.57 M (the usual
64 would give 2.8 M), so `width=48` stands for the paper's network.
"""

from tinypareto.nets.residual import resnet

RESNET18 = resnet(
    "resnet18",
    "residual blocks, three stages of two, for images and series (width=48: the paper's)",
    blocks=2,
)
