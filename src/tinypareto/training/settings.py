"""The settings of one training run."""

from tinypareto.search_space.training_settings import TrainingSettings

__all__ = ["TrainingSettings"]
