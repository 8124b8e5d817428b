"""The plan of a search in words, for a reader who waits for its first trial."""

from tinypareto.search_space.presets import PREFIX
from tinypareto.search_space.space import NET
from tinypareto.study.finals import SHARE
from tinypareto.study.progress import duration
from tinypareto.study.worker import SearchContext


def outlook(context: SearchContext) -> list[str]:
    """Lines on the networks that are searched, and on the trainings that the search spends.

    Limits, objectives and what steers the search stand in the heading of the progress.
    """
    return [_networks(context), _trainings(context)]


def _networks(context: SearchContext) -> str:
    families = list(context.structures.families)
    free = [parameter.name for parameter in context.space.free]
    pruning = sum(name.startswith(PREFIX) for name in free)
    structure = sum(name == NET or ("/" in name and not name.startswith(PREFIX)) for name in free)
    kind = "families" if len(families) > 1 else "family"
    return (
        f"{len(families)} {kind} of networks ({', '.join(families)}), "
        f"{_count(len(free), 'parameter')}: "
        f"{structure} of the structure, {len(free) - structure - pruning} of the training, "
        f"{pruning} sparsities"
    )


def _trainings(context: SearchContext) -> str:
    selection, config = context.selection, context.config
    folds = len(selection.folds)
    each = f"{folds + 1} trainings, one for each fold and one on all" if folds > 1 else "1 training"
    words = f"up to {_count(config.trials, 'trial')} of {each}"
    if config.time is not None:
        words += f", none started after {duration(config.time)}"
    if selection.kind == "test":
        return words
    return f"{words}; then the best few again, with at most {SHARE:.0%} of these trainings"


def _count(number: int, noun: str) -> str:
    return f"1 {noun}" if number == 1 else f"{number} {noun}s"
