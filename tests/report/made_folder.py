"""Result folders without training: real networks, sizes, plans and files, made-up accuracies."""

from collections.abc import Mapping
from contextlib import closing, nullcontext
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from optuna import copy_study
from optuna.storages import InMemoryStorage

from tinypareto.config import resolve
from tinypareto.config.sources import from_arguments
from tinypareto.evaluation.cost_model import CostModel
from tinypareto.evaluation.evaluator import DETAILS, Evaluation
from tinypareto.evaluation.linked_program import LinkedProgramProfiler
from tinypareto.evaluation.measurement import Measurement
from tinypareto.nets.options import NetOptions
from tinypareto.nets.spec import NetSpec
from tinypareto.resources import Limits, Resources
from tinypareto.results.folder import STUDY, claimed, write_trial
from tinypareto.results.front import Front, build_front
from tinypareto.results.front_file import write_front
from tinypareto.results.measurement_file import with_manifest
from tinypareto.results.model_file import FILE as MODEL
from tinypareto.search_space.candidate import Candidate
from tinypareto.search_space.space import build_space
from tinypareto.study.make_sampler import make_sampler
from tinypareto.study.storage import Embedded
from tinypareto.study.study import Study
from tinypareto.targets.boards import BOARDS
from tinypareto.tasks.registry import CLASSIFICATION

SHAPE = (2, 24)
ALLOWED = 0.9
"""Limits as a share of what the unpruned network needs."""
FAILS_EVERY = 10
EVIL = (
    "</script><img src=x onerror=\"window.pwned = 'yes'\"><b>bold</b> & 'quoted' \u2028 {{ 7 * 7 }}"
)
"""A name that nobody should have."""


class Memory(InMemoryStorage):
    """A study that is never committed."""

    one_commit = staticmethod(nullcontext)


def make_search(
    out: Path,
    trials: int,
    *,
    dataset: str = "made up",
    classes: tuple[str, ...] = ("rest", "walk", "run"),
    cause: str = "DivergedError: the loss is not finite",
    net: str = "dscnn",
    net_options: NetOptions | None = None,
    allowed: float = ALLOWED,
    seed: int = 0,
) -> tuple[Front, Embedded]:
    """A result folder without the database, and the study in memory.

    The first trained trial has weights and instructions too.
    """
    options = {"width": 12, "depth": 3} if net_options is None else net_options
    spec = NetSpec(net, options, SHAPE, len(classes))
    whole = CostModel.from_spec(spec, Limits())
    needs = whole.resources({})
    limits = Limits(*(int(allowed * n) for n in (needs.rom_bytes, needs.ram_bytes, needs.flops)))
    cost_model = replace(whole, limits=limits)
    profiler = LinkedProgramProfiler(classes, next(iter(BOARDS.values())))
    given = {"dataset": "digits", "net": net, "net_options": options, "trials": trials}
    sizes = {"rom": limits.rom_bytes, "ram": limits.ram_bytes, "flops": limits.flops}
    with claimed(resolve(from_arguments({**given, **sizes, "out": str(out)})), resume=False):
        storage = Embedded(out / STUDY)
        # SQLite would commit each of its values.
        storage.close()
        storage.rdb = Memory()  # type: ignore[assignment]
        study = _filled(
            out, storage, cost_model, profiler, spec, trials, cause, np.random.default_rng(seed)
        )
    front = build_front(
        study.points(),
        limits,
        dataset=dataset,
        net=net,
        select_on="validation",
        selection=f"a part of {dataset}",
        trials=study.finished(),
        folder=out,
    )
    write_front(front)
    return front, storage


def make_folder(out: Path, trials: int, **options: Any) -> Front:
    """The same with the database; see `make_search`."""
    front, memory = make_search(out, trials, **options)
    with closing(Embedded(out / STUDY)) as file:
        copy_study(from_study_name=file.study, from_storage=memory.rdb, to_storage=file.rdb)
    return front


def _filled(
    out: Path,
    storage: Embedded,
    cost_model: CostModel,
    profiler: LinkedProgramProfiler,
    spec: NetSpec,
    trials: int,
    cause: str,
    rng: np.random.Generator,
) -> Study:
    space, limits = build_space("default", cost_model.layers), cost_model.limits
    study = Study(storage, make_sampler("random", 0, space, cost_model), space, limits)
    trained = 0
    while claim := study.claim(trials):
        trial, candidate = claim
        channels = cost_model.channels(candidate.sparsities)
        used = cost_model.resources(channels)
        if not study.constrain(trial, used):
            study.infeasible(trial)
            continue
        trained += 1
        if trained % FAILS_EVERY == 0:
            study.failed(trial, cause)
            continue
        share = used.flops / limits.flops
        measured = _measurement(trial.number, used, share, channels, candidate, rng)
        files = _files(profiler, spec, candidate, measured, rng, trained == 1)
        write_trial(out, trial.number, files)
        study.complete(trial, measured)
    return study


def _files(
    profiler: LinkedProgramProfiler,
    spec: NetSpec,
    candidate: Candidate,
    measured: Measurement,
    rng: np.random.Generator,
    weights: bool,
) -> Mapping[str, bytes]:
    network = profiler.untrained(spec, measured.channels) if weights else None
    confusion = _confusion(measured.score, len(profiler.class_names), rng)
    instructions = list(range(1, len(network.graph.nodes) + 2)) if network else None
    further = {"confusion": confusion.tolist()}
    made = Evaluation(measured, network, further, instructions)  # type: ignore[arg-type]
    files = {DETAILS: made.details().encode()} | ({MODEL: network.to_bytes()} if network else {})
    return with_manifest({**asdict(candidate), **measured.record(CLASSIFICATION)}, files)


def _measurement(
    number: int,
    used: Resources,
    share: float,
    channels: dict[str, int],
    candidate: Candidate,
    rng: np.random.Generator,
) -> Measurement:
    accuracy = 1 - 0.6 * np.exp(-6 * share) - 0.15 * rng.random()
    epochs = round(candidate.settings["epochs"])
    learnt = accuracy * (1 - np.exp(-np.arange(1, epochs + 1) / 3))
    history = [
        {
            "epoch": epoch + 1,
            "loss": float(1 - right),
            "accuracy": float(right),
            "parameters": used.rom_bytes * (1 + epochs - epoch),
            "lr": candidate.settings["lr"],
        }
        for epoch, right in enumerate(learnt)
    ]
    search, test, real = np.clip(accuracy + rng.normal(0, 0.01, 3), 0, 1).tolist()
    return Measurement(number, used, channels, search, test, real, 2.0, history)


def _confusion(accuracy: float, classes: int, rng: np.random.Generator) -> np.ndarray:
    shares = np.full((classes, classes), (1 - accuracy) / (classes - 1))
    np.fill_diagonal(shares, accuracy)
    return np.stack([rng.multinomial(50, row) for row in shares])
