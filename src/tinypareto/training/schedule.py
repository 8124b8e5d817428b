"""Schedules of the learning rate and of gradual pruning."""

from math import cos, pi

from tinypareto.search_space.training_settings import TrainingSettings


def learning_rate(settings: TrainingSettings, epoch: int, elapsed: float = 0.0) -> float:
    """Learning rate at a moment of the training.

    By step decay (Deutel 2023) the rate is multiplied by `lr_gamma` after every `lr_schedule *
    epochs` epochs. Over the first `warmup * epochs` epochs it also rises linearly from 0, and over
    the last `annealing * epochs` it falls to 0 along half a period of a cosine (Loshchilov 2017).
    A rise and a fall that share the epochs are the one-cycle schedule (Smith 2018).

    Args:
        settings: Settings of the training.
        epoch: Index of the epoch, from 0.
        elapsed: Fraction of this epoch that is over, in [0, 1].
    """
    period = max(1.0, settings.lr_schedule * settings.epochs)
    rate = settings.lr * settings.lr_gamma ** int(epoch / period)
    done = (epoch + elapsed) / settings.epochs
    if done < settings.warmup:
        rate *= done / settings.warmup
    if 1 - done < settings.annealing:
        rate *= (1 - cos(pi * (1 - done) / settings.annealing)) / 2
    return rate


def gradual(progress: float) -> float:
    """Fraction of the final sparsity: 1 - (1 - progress)^3 (Eq. 1, Zhu & Gupta 2017).

    Args:
        progress: Elapsed fraction of the pruning period, (t - t0) / (t1 - t0), in [0, 1].

    Returns:
        A fraction in [0, 1].
    """
    return 1.0 - (1.0 - progress) ** 3


def removals(settings: TrainingSettings) -> dict[int, float]:
    """Plan the pruning steps: the fraction of the final sparsities to reach at the start of epochs.

    The steps lie evenly in (start, end] and are rounded down to the start of an epoch, so that at
    least one epoch follows each of them. If several fall on the same epoch, only the last one
    counts. If the end is not after the start, all filters are removed at the start.

    Args:
        settings: Settings of the training.

    Returns:
        Fractions in (0, 1] by index of the epoch, both increasing; the last fraction is exactly 1.
    """
    start, steps, epochs = settings.pruning_start, settings.pruning_steps, settings.epochs
    length = max(0.0, settings.pruning_end - start)
    plan = {}
    for step in range(1, steps + 1):
        time = (start + length * step / steps) * epochs
        # The margin keeps a time such as 2.9999999999 from being rounded down to epoch 2.
        plan[min(int(time + 1e-9), epochs - 1)] = gradual(step / steps)
    return plan
