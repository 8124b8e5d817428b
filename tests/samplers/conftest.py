import tinypareto.samplers  # noqa: F401  (imports BoTorch with its own warnings silenced)
