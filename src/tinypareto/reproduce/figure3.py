"""Figure 3 of Deutel 2023: surrogate, reward and rollouts on Passino's function.

After 40 samples it shows the surrogate's mean, the reward (Eq. 8), and the rollouts of the trained
policies from two kinds of starts: the best sample so far, and a sample far away from it. (The paper
does not print its two starting points.)
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from tinypareto.bench.problems import Passino
from tinypareto.reproduce.experiment import Experiment, ExperimentRequest, Result
from tinypareto.reproduce.output import save_figure
from tinypareto.solvers import PAPER, History, Space
from tinypareto.solvers.ars import ARS
from tinypareto.solvers.ask import build_reward, fit_surrogates
from tinypareto.solvers.designs import latin_hypercube

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = NDArray[np.float64]
GRID = 61
SIDE = 30.0
NOTE = (
    "40 samples of a Latin hypercube; preset `paper` (alpha 0.001, nu 0.01, top 1 %, horizon 4, 5 "
    "updates) with {directions} directions; two agents: from the best sample, and from the sample "
    "farthest from it. J is the function at the point that each proposes, the best state of its "
    "last rollout; the minimum is -3.986 at (15, 5). Left: the surrogate's mean and the samples; "
    "right: the reward, with the rollouts from circle to star."
)


@dataclass(frozen=True)
class Walk:
    """A rollout.

    Attributes:
        name: Name of its start.
        states: (H + 1, 2) states from the start on.
        rewards: (H,) rewards of the states after the start.
    """

    name: str
    states: Array
    rewards: Array


@dataclass(frozen=True)
class Scene:
    """The figure of one seed.

    Attributes:
        seed: The seed.
        samples: (n, 2) points of the unit square.
        best: Least function value of the samples.
        mean: (g,) means of the surrogate on the grid.
        reward: (g,) rewards on the grid.
        walks: Rollouts of the two agents.
    """

    seed: int
    samples: Array
    best: float
    mean: Array
    reward: Array
    walks: tuple[Walk, ...]


def scene(seed: int, samples: int, directions: int) -> Scene:
    """Sample the function, fit the surrogate, and let two agents learn and walk."""
    rng = np.random.default_rng(seed)
    x = latin_hypercube(samples, 2, rng)
    y = value(x)
    settings = replace(PAPER, ars=replace(PAPER.ars, directions=directions))
    history = History(x, y[:, None], np.empty((samples, 0)), np.empty((0, 2)))
    surrogates = fit_surrogates(history, Space(2), settings)
    score = build_reward(history, Space(2), surrogates, rng, settings)
    near = x[y.argmin()]
    far = x[((x - near) ** 2).sum(axis=1).argmax()]
    generator = torch.Generator().manual_seed(seed)
    visited = ARS(score, torch.from_numpy(np.stack([near, far])), settings.ars, generator).run()
    grid = torch.from_numpy(_grid())
    # The last state is the best one seen while learning, which need not lie on the rollout.
    states, rewards = visited.states[:, :-1].numpy(), visited.scores[:, :-1].numpy()
    walks = tuple(
        Walk(name, np.vstack([start, path]), reward)
        for name, start, path, reward in zip(
            ("from the best", "from afar"), (near, far), states, rewards, strict=True
        )
    )
    mean = surrogates(grid).mean[:, 0].numpy()
    return Scene(seed, x, float(y.min()), mean, score(grid).numpy(), walks)


def value(x: Array) -> Array:
    """Compute Passino's function at (n, 2) points of the unit square, (n,)."""
    return np.asarray(Passino().evaluate({"a": SIDE * x[:, 0], "b": SIDE * x[:, 1]})[:, 0])


def _grid() -> Array:
    axis = np.linspace(0.0, 1.0, GRID)
    return np.stack([part.ravel() for part in np.meshgrid(axis, axis)], axis=1)


def _rows(drawn: Scene) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for walk in drawn.walks:
        best = 1 + int(walk.rewards.argmax())
        start, proposed = (SIDE * walk.states[index] for index in (0, best))
        row: dict[str, object] = {"seed": drawn.seed, "rollout": walk.name}
        row |= {"start a": float(start[0]), "start b": float(start[1])}
        row |= {"proposed a": float(proposed[0]), "proposed b": float(proposed[1])}
        row |= {"J at the start": float(value(walk.states[:1])[0])}
        row |= {"J proposed": float(value(walk.states[best : best + 1])[0])}
        rows.append(row | {"best J of the samples": drawn.best})
    return rows


def _run(request: ExperimentRequest) -> Result:
    settings = request.settings()
    scenes = []
    for seed in settings["seeds"]:
        scenes.append(scene(seed, settings["samples"], settings["directions"]))
        request.tell(f"figure3: seed {seed} done")
    return Result(
        "Passino's function: surrogate, reward and rollouts after 40 samples",
        [row for drawn in scenes for row in _rows(drawn)],
        [NOTE.format(directions=settings["directions"])],
        lambda path: save_figure(path, 9, 4.2 * len(scenes), lambda figure: _draw(figure, scenes)),
    )


def _draw(figure: "Figure", scenes: Sequence[Scene]) -> None:
    """Draw a row for each seed."""
    axes = figure.subplots(len(scenes), 2, squeeze=False)
    for (left, right), drawn in zip(axes, scenes, strict=True):
        for side, values, title in (
            (left, drawn.mean, "surrogate's mean"),
            (right, drawn.reward, "reward"),
        ):
            _field(figure, side, values, f"{title}, seed {drawn.seed}")
        left.scatter(*(SIDE * drawn.samples.T), s=12, color="white", edgecolors="black")
        for walk, colour in zip(drawn.walks, ("tab:red", "tab:orange"), strict=True):
            path = SIDE * walk.states
            right.plot(*path.T, "-", color=colour, linewidth=1.5, label=walk.name)
            right.scatter(*path[0], color=colour, marker="o", zorder=3)
            right.scatter(*path[-1], color=colour, marker="*", s=90, zorder=3)
        right.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=2)


def _field(figure: "Figure", axes: "Axes", values: Array, title: str) -> None:
    axis = np.linspace(0.0, SIDE, GRID)
    contours = axes.contourf(axis, axis, values.reshape(GRID, GRID), 20)
    figure.colorbar(contours, ax=axes)
    axes.set(title=title, xlabel="a", ylabel="b")


EXPERIMENT = Experiment("Passino's function: surrogate, reward and rollouts", _run)
