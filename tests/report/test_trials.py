from contextlib import closing

import optuna
import pytest

from tinypareto.report.metrics import metrics
from tinypareto.report.trials import History, columns, read_history
from tinypareto.results.front import Front
from tinypareto.study.storage import Embedded
from tinypareto.study.study import read_study


@pytest.fixture(scope="module")
def history(made_front: Front) -> History:
    with closing(Embedded(made_front.folder / "study.db")) as storage:
        return read_history(read_study(storage), made_front)


def test_every_finished_trial_has_a_status(history: History, made_front: Front) -> None:
    rows = history.rows
    assert [row.number for row in rows] == list(range(60))
    by_status = {
        status: [r for r in rows if r.status == status] for status in {r.status for r in rows}
    }
    assert set(by_status) == {"front", "dominated", "infeasible", "failed"}
    assert {row.number for row in by_status["front"]} == {
        point.number for point in made_front.points
    }
    for row in by_status["infeasible"]:
        assert row.figures["accuracy"] is None
        limits = made_front.limits.model_dump(exclude_none=True)
        assert any((row.figures[key] or 0) > limit for key, limit in limits.items())
    assert all(row.cause for row in by_status["failed"])


def test_figures_are_those_of_the_front(history: History, made_front: Front) -> None:
    for point in made_front.points:
        figures = history.rows[point.number].figures
        assert figures == {key: getattr(point, key) for key in figures}
    assert [m.label for m in history.metrics if m.objective] == [
        "accuracy, search",
        "ROM",
        "RAM",
        "FLOPs",
    ]


def test_latency_is_shown_where_it_was_estimated(made_front: Front) -> None:
    limited = made_front.model_copy(
        update={
            "limits": made_front.limits.model_copy(update={"latency_ms": 12.5}),
            "objectives": ("accuracy", "rom", "latency"),
        }
    )
    keys = [metric.key for metric in metrics(limited, timed=False)]
    assert "latency_ms" not in keys
    told = {metric.key: metric for metric in metrics(limited, timed=True)}
    latency = told["latency_ms"]
    assert (latency.kind, latency.limit, latency.objective) == ("ms", 12.5, True)
    assert not told["ram_bytes"].objective


def test_columns_line_up(history: History) -> None:
    table = columns(history.rows, history.metrics)
    assert table["params"]["lr"][7] == pytest.approx(history.rows[7].params["lr"], rel=1e-3)
    assert {len(column) for column in table["params"].values()} == {60}


@pytest.mark.filterwarnings("ignore:.*set_metric_names is experimental")
def test_a_running_trial_is_left_out(made_front: Front) -> None:
    study = optuna.create_study(directions=["minimize"] * 4)
    study.set_metric_names(["error", "rom", "ram", "flops"])
    study.ask()
    assert read_history(study, made_front).rows == ()
