"""When to drop the learning rate and how much to prune when."""

from tinypareto.training.settings import TrainingSettings


def learning_rate(settings: TrainingSettings, epoch: int) -> float:
    """Step decay: times `lr_gamma` after every `lr_schedule * epochs` epochs (Deutel 2023).

    Args:
        settings: Of the run.
        epoch: From 0.
    """
    period = max(1.0, settings.lr_schedule * settings.epochs)
    return settings.lr * settings.lr_gamma ** int(epoch / period)


def gradual(progress: float) -> float:
    """Fraction of the final sparsity: 1 - (1 - progress)^3 (Eq. 1, Zhu & Gupta 2017).

    Args:
        progress: (t - t0) / (t1 - t0), in [0, 1].
    """
    return 1.0 - (1.0 - progress) ** 3


def removals(settings: TrainingSettings) -> dict[int, float]:
    """Fraction of the final sparsities to reach at the start of which epoch.

    The steps lie evenly in (start, end], each at the last epoch boundary before it, so that at
    least one epoch follows; of several at one boundary only the last counts. Where the end is not
    after the start, everything goes at the start. The last value is exactly 1.

    Returns:
        Fractions in (0, 1] by epoch from 0, both increasing.
    """
    start, steps, epochs = settings.pruning_start, settings.pruning_steps, settings.epochs
    length = max(0.0, settings.pruning_end - start)
    plan = {}
    for step in range(1, steps + 1):
        time = (start + length * step / steps) * epochs
        plan[min(int(time + 1e-9), epochs - 1)] = gradual(step / steps)
    return plan
