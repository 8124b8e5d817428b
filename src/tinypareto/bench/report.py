"""Summarizes a comparison: tables, mean ranks and paired tests."""

import statistics
from collections.abc import Sequence

import numpy as np
from scipy.stats import rankdata, wilcoxon

from tinypareto.bench.compare import Row
from tinypareto.bench.problem import Array
from tinypareto.bench.solvers import SOLVERS

_MOST_COLUMNS = 4
_EARLY = (40, 80)


def values_at(
    rows: Sequence[Row], n: int, field: str = "hypervolume"
) -> dict[tuple[str, str, str], float]:
    """Collect a field at n trials by problem, seed and solver."""
    return {
        (r["problem"], r["seed"], r["solver"]): float(r[field]) for r in rows if r["n"] == str(n)
    }


def table(rows: Sequence[Row], problem: str) -> list[str]:
    """Format means ± standard deviations over the seeds as Markdown, best final solver first."""
    selected = [r for r in rows if r["problem"] == problem]
    ends = sorted({int(r["n"]) for r in selected})
    shown = [ends[i] for i in np.unique(np.linspace(0, len(ends) - 1, _MOST_COLUMNS).astype(int))]
    head = [f"hypervolume at {n}" for n in shown]
    last = [f"{what} at {ends[-1]}" for what in ("useful", "best")]
    lines = ["| " + " | ".join(["solver", "seeds", *head, *last, "CPU s per ask"]) + " |"]
    lines.append("|---" * (len(head) + 5) + "|")

    def mean(solver: str, n: int, field: str) -> tuple[float, str]:
        values = [float(r[field]) for r in selected if r["solver"] == solver and r["n"] == str(n)]
        if not values:
            return -1.0, ""
        middle = statistics.mean(values)
        return middle, f"{middle:.3f} ± {statistics.pstdev(values):.3f}"

    solvers = {r["solver"] for r in selected}
    for solver in sorted(solvers, key=lambda s: (-mean(s, ends[-1], "hypervolume")[0], s)):
        seeds = len({r["seed"] for r in selected if r["solver"] == solver})
        cells = [f"{solver} ({SOLVERS[solver].about})", str(seeds)]
        cells += [mean(solver, n, "hypervolume")[1] for n in shown]
        cells += [mean(solver, ends[-1], field)[1] for field in ("useful", "best", "ask_seconds")]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def matrix(rows: Sequence[Row], n: int) -> tuple[list[str], Array]:
    """Arrange hypervolumes at n trials for paired tests.

    Returns:
        The names of s solvers, and (c, s) hypervolumes: a row for each problem and seed that all
        solvers have.
    """
    found = values_at(rows, n)
    solvers = sorted({solver for _, _, solver in found})
    cases = sorted({(problem, seed) for problem, seed, _ in found})
    complete = [case for case in cases if all((*case, s) in found for s in solvers)]
    values = [[found[(*case, s)] for s in solvers] for case in complete]
    return solvers, np.array(values, dtype=np.float64).reshape(len(complete), len(solvers))


def mean_ranks(values: Array) -> Array:
    """Compute the (s,) mean ranks of (c, s) hypervolumes, rank one for the greatest."""
    return np.asarray(rankdata(-values, axis=1).mean(axis=0))


def paired_tests(values: Array, best: int) -> Array:
    """Compare one solver with each other one by Wilcoxon's signed-rank test, corrected by Holm.

    Args:
        values: (c, s) hypervolumes.
        best: Index of the solver compared; its own p-value is one.

    Returns:
        (s,) two-sided p-values.
    """
    p = np.ones(values.shape[1])
    others = [i for i in range(len(p)) if i != best and (values[:, i] != values[:, best]).any()]
    raw = np.array([wilcoxon(values[:, best], values[:, i]).pvalue for i in others])
    # Holm 1979: the i-th least of k p-values is multiplied by k - i; the running maximum keeps
    # their order.
    order = np.argsort(raw, kind="stable")
    corrected = np.maximum.accumulate(raw[order] * np.arange(len(raw), 0, -1)).clip(max=1.0)
    p[np.array(others, dtype=int)[order]] = corrected
    return p


def ranking(rows: Sequence[Row], n: int) -> list[str]:
    """Format mean ranks at n trials over the cases that all solvers have, with tests."""
    solvers, values = matrix(rows, n)
    if not len(values) or len(solvers) < 2:
        return [f"No problem and seed with {n} trials of two solvers or more."]
    ranks = mean_ranks(values)
    first = int(ranks.argmin())
    p = paired_tests(values, first)
    lines = [
        f"Mean ranks at {n} trials over {len(values)} studies (problem and seed); p: Wilcoxon "
        f"signed-rank test against {solvers[first]}, corrected by Holm.",
        "",
        "| solver | mean rank | p |",
        "|---|---|---|",
    ]
    for i in np.argsort(ranks, kind="stable"):
        p_value = "" if i == first else f"{p[i]:.3g}"
        lines.append(f"| {solvers[i]} | {ranks[i]:.2f} | {p_value} |")
    return lines


def mean_at(rows: Sequence[Row], n: int) -> dict[str, float]:
    """Compute the mean hypervolume at n trials of one problem's solvers."""
    found = values_at(rows, n)
    solvers = sorted({solver for _, _, solver in found})
    return {s: statistics.mean(v for key, v in found.items() if key[2] == s) for s in solvers}


def best_peer(means: dict[str, float]) -> str | None:
    """Name the best solver that is not ours and sees the space as it is."""
    peers = [s for s in means if not SOLVERS[s].ours and not SOLVERS[s].log_kept]
    return max(peers, key=means.__getitem__, default=None)


def margins(rows: Sequence[Row], problem: str, trials: int) -> list[str]:
    """Format the ratio of ours to the best peer at 40, 80 and all trials.

    p-values are those of Wilcoxon's signed-rank test over the seeds that both have, on this problem
    alone.
    """
    selected = [r for r in rows if r["problem"] == problem]
    peers = {n: best_peer(mean_at(selected, n)) for n in (*_EARLY, trials) if n <= trials}
    ours = [s for s in mean_at(selected, trials) if SOLVERS[s].ours]
    if not any(peers.values()) or not ours:
        return []
    lines = [f"| trials | best peer | {' | '.join(ours)} |", "|---" * (len(ours) + 2) + "|"]
    for n, best in peers.items():
        if best is not None:
            cells = [_margin(selected, n, solver, best) for solver in ours]
            lines.append(f"| {n} | {best} | {' | '.join(cells)} |")
    return [*lines, ""]


def _margin(rows: Sequence[Row], n: int, solver: str, peer: str) -> str:
    solvers, values = matrix([r for r in rows if r["solver"] in (solver, peer)], n)
    if len(solvers) < 2 or not values.size:
        return ""
    ours, other = values[:, solvers.index(solver)], values[:, solvers.index(peer)]
    if (ours == other).all() or not other.any():
        return ""
    return f"{ours.sum() / other.sum():.2f} x (p = {wilcoxon(ours, other).pvalue:.2g})"


def catching_up(rows: Sequence[Row], problem: str, n: int) -> list[str]:
    """Format how many trials each of ours takes to the best peer's mean hypervolume at n trials."""
    selected = [r for r in rows if r["problem"] == problem]
    means = mean_at(selected, n)
    best = best_peer(means)
    if best is None:
        return []
    ours = sorted(solver for solver in means if SOLVERS[solver].ours)
    reached = [f"{s} {trials_to_reach(selected, problem, s, means[best]) or 'never'}" for s in ours]
    return [f"Trials to reach {best} at {n}: {', '.join(reached)}", ""] if reached else []


def trials_to_reach(rows: Sequence[Row], problem: str, solver: str, goal: float) -> int | None:
    """Find the first checkpoint at which the mean hypervolume over the seeds reaches a goal."""
    selected = [r for r in rows if r["problem"] == problem and r["solver"] == solver]
    for n in sorted({int(r["n"]) for r in selected}):
        if statistics.mean(values_at(selected, n).values()) >= goal:
            return n
    return None
