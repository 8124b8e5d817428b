import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tinypareto.data.summary import ClassCount, Summary
from tinypareto.errors import ResultFolderError
from tinypareto.resources import Limits
from tinypareto.results.front import Front, build_front
from tinypareto.results.front_file import read_front, write_front
from tinypareto.results.front_point import FrontPoint
from tinypareto.results.listed import LeastScore
from tinypareto.tasks.baseline import Baseline
from tinypareto.tasks.registry import find_task

SCHEMA = json.loads(
    (Path(__file__).parents[2] / "docs" / "front.schema.json").read_text(encoding="utf-8")
)
CLASSES = (ClassCount("rest", 3, 1), ClassCount("walk", 2, 1))
LIMITS = Limits(1000, 1000, 1000)


def point(number: int, accuracy: float, size: int, search: float | None = None) -> FrontPoint:
    return FrontPoint(
        number=number,
        params={"epochs": 12, "sparsity/stem": 0.25},
        score=accuracy,
        score_float=accuracy,
        score_search=accuracy if search is None else search,
        rom_bytes=size,
        ram_bytes=size,
        flops=size,
        path=f"trials/{number:04d}",
    )


BASELINES = (Baseline(name="1-NN", score=0.75), Baseline(name="ridge", score=0.5))


def front_of(folder: Path, *points: FrontPoint, task: str = "classification") -> Front:
    return build_front(
        points,
        LIMITS,
        dataset="mine",
        net="dscnn",
        select_on="validation",
        selection="a part",
        trials=9,
        folder=folder,
        data=Summary(5, 0, 2, (1, 9), ("ax",), CLASSES, 4, ("2 rows have no class: left out",)),
        baselines=BASELINES,
        task=find_task(task),
    )


def test_the_front_keeps_the_feasible_nondominated_and_sorts_by_accuracy(tmp_path: Path) -> None:
    points = [
        point(0, 0.8, 500),
        point(1, 0.9, 1001),
        point(2, 0.7, 600),
        point(3, 0.95, 1000),
        point(4, 0.8, 500),
    ]
    front = front_of(tmp_path, *points)
    assert [p.number for p in front.points] == [3, 0, 4]
    assert front.hypervolume == pytest.approx(0.8 * 0.5**3)


def test_search_accuracy_decides_membership_and_test_accuracy_is_reported(tmp_path: Path) -> None:
    front = front_of(tmp_path, point(0, 0.5, 500, search=0.9), point(1, 0.9, 500, search=0.8))
    assert [p.number for p in front.points] == [0]
    assert front.hypervolume == pytest.approx(0.5**4)
    assert front.search_hypervolume == pytest.approx(0.9 * 0.5**3)


def test_the_knee_weighs_search_accuracy_against_the_tightest_limit(tmp_path: Path) -> None:
    points = [point(3, 0.875, 150), point(5, 0.93, 200), point(8, 0.95, 900)]
    front = front_of(tmp_path, *points)
    assert front.knee == 5
    assert json.loads(front.to_json())["knee"] == 5
    # A single resource near its limit is enough to make a network dear.
    dear = points[1].model_copy(update={"ram_bytes": 1000})
    assert front_of(tmp_path, points[0], dear, points[2]).knee == 8


def test_networks_far_below_the_best_are_no_compromise(tmp_path: Path) -> None:
    points = [point(3, 0.2, 10), point(5, 0.7, 60), point(6, 0.94, 700), point(8, 0.95, 900)]
    assert front_of(tmp_path, *points).knee == 8
    assert front_of(tmp_path, *points, point(7, 0.945, 710)).knee == 7


def recommended(cases: int | None, *points: FrontPoint) -> int | None:
    return front_of(Path(), *points).model_copy(update={"selection_cases": cases}).recommended


def test_recommended_is_the_smallest_within_one_standard_error() -> None:
    points = [point(0, 0.5, 900, 0.95), point(1, 0.9, 500, 0.94), point(2, 0.9, 100, 0.8)]
    # One standard error of 0.95 is 2.2 points over 100 cases, and 0.2 over 10,000.
    assert recommended(100, *points) == 1
    assert recommended(10_000, *points) == 0
    # Over 4 cases it is 10.9 points: 80 % is still too far.
    assert recommended(4, *points) == 1
    assert recommended(2, *points) == 2
    assert recommended(100) is None
    assert recommended(None, *points) == front_of(Path(), *points).knee


def test_recommended_weighs_the_largest_share_of_a_limit() -> None:
    heavy = point(1, 0.9, 400, 0.945).model_copy(update={"ram_bytes": 950})
    assert recommended(100, point(0, 0.9, 900, 0.95), heavy) == 0


def paired(*points: FrontPoint, error: float | None = 0.02) -> Front:
    """A front whose networks differ by that standard error from the best one."""
    return build_front(
        points,
        LIMITS,
        dataset="mine",
        net="dscnn",
        select_on="validation",
        selection="a part",
        selection_cases=100,
        trials=9,
        folder=Path(),
        difference_error=lambda first, second: 0.0 if first == second else error,
    )


def test_recommended_is_the_smallest_that_may_be_as_good_in_pairs() -> None:
    points = [point(0, 0.5, 900, 0.95), point(1, 0.9, 500, 0.931), point(2, 0.9, 100, 0.92)]
    assert paired(*points).recommended == 1
    assert paired(*points, error=0.01).recommended == 0
    assert paired(*points, error=0.04).recommended == 2
    # What is not known in pairs is judged by the standard error of the best score, 2.2 points.
    assert paired(*points, error=None).recommended == 1
    assert paired().recommended is None


def test_among_equally_small_networks_the_best_score_is_recommended() -> None:
    """A sixteenth of 1,000 is 62.5: below, nothing that is saved is worth a point."""
    points = [point(0, 0.9, 62, 0.95), point(1, 0.9, 40, 0.945), point(2, 0.9, 5, 0.94)]
    assert paired(*points).recommended == 0
    assert paired(*points, point(3, 0.9, 63, 0.96), error=0.03).recommended == 0
    assert paired(point(0, 0.9, 64, 0.95), *points[1:]).recommended == 1


@given(
    st.lists(st.tuples(st.floats(0, 1), st.integers(1, 1000)), min_size=1, max_size=8, unique=True),
    st.floats(0, 0.3),
)
def test_recommended_is_never_dominated(rows: list[tuple[float, int]], error: float) -> None:
    front = paired(*(point(n, *row) for n, row in enumerate(rows)), error=error)
    chosen = front.recommended_point
    assert chosen is not None
    assert chosen.score_search >= front.points[0].score_search - error
    assert not any(
        p.score_search > chosen.score_search and p.rom_bytes < chosen.rom_bytes
        for p in front.points
    )


def test_networks_below_the_least_score_are_not_listed(tmp_path: Path) -> None:
    points = [point(0, 0.9, 500), point(1, 0.5, 100), point(2, 0.4, 50), point(3, 0.3, 2000)]
    options = {"dataset": "d", "net": "n", "select_on": "test", "selection": "s", "trials": 4}
    front = build_front(
        points,
        LIMITS,
        folder=tmp_path,
        least=LeastScore(0.45, 0.4),
        **options,  # type: ignore[arg-type]
    )
    assert [p.number for p in front.points] == [0, 1]
    assert (front.min_score, front.left_out) == (0.45, 1)
    write_front(front)
    assert read_front(tmp_path) == front


def test_files_before_pairs_and_metrics_are_read(tmp_path: Path) -> None:
    front = front_of(tmp_path, point(0, 0.8, 5), point(1, 0.9, 10), point(2, 0.7, 4))
    document = json.loads(front.to_json())
    for key in ("min_score", "left_out", "rank_correlation"):
        del document[key]
    for row in document["front"]:
        del row["metrics"], row["never_found"], row["difference_error"]
    (tmp_path / "front.json").write_text(json.dumps(document))
    again = read_front(tmp_path)
    assert again.points == front.points
    assert (again.recommended, again.other_metrics) == (front.recommended, [])
    assert front.rank_correlation == 1


def test_a_front_of_another_metric_names_its_score(tmp_path: Path) -> None:
    task = find_task("classification:macro_f1")
    measured = point(0, 0.8, 5).model_copy(update={"metrics": {"accuracy": 0.9, "macro_f1": 0.8}})
    front = build_front(
        [measured],
        LIMITS,
        dataset="mine",
        net="dscnn",
        select_on="validation",
        selection="a part",
        trials=1,
        folder=tmp_path,
        task=task,
    )
    write_front(front)
    written = json.loads((tmp_path / "front.json").read_text())
    assert written["task"] == "classification:macro_f1"
    assert written["front"][0]["macro_f1_search"] == 0.8
    again = read_front(tmp_path)
    assert again == front
    assert (again.points[0].accuracy, again.other_metrics) == (0.9, ["accuracy"])


def test_a_front_of_an_earlier_version_has_a_knee_too(tmp_path: Path) -> None:
    written = json.loads(front_of(tmp_path, point(3, 0.5, 100)).to_json())
    del written["knee"]
    (tmp_path / "front.json").write_text(json.dumps(written))
    assert read_front(tmp_path).knee == 3


def test_an_empty_front_is_a_front(tmp_path: Path) -> None:
    front = front_of(tmp_path, point(0, 0.9, 2000))
    assert (front.points, front.hypervolume, front.knee) == ((), 0.0, None)
    write_front(front)
    assert read_front(tmp_path) == front


def test_what_is_written_is_read_back_and_fits_the_schema(tmp_path: Path) -> None:
    front = front_of(tmp_path, point(12345, 0.8, 500), point(7, 1 / 3, 10))
    write_front(front)
    assert [p.name for p in tmp_path.iterdir()] == ["front.json"]
    assert read_front(tmp_path) == front
    written = json.loads((tmp_path / "front.json").read_text(encoding="utf-8"))
    jsonschema.validate(written, SCHEMA, jsonschema.Draft202012Validator)
    assert written["front"][0]["path"] == "trials/12345"
    assert "folder" not in written


def test_the_schema_documents_exactly_the_written_keys(tmp_path: Path) -> None:
    top: set[str] = set()
    listed: set[str] = set()
    for task in ("classification", "regression"):
        written = json.loads(front_of(tmp_path, point(0, 0.8, 5), task=task).to_json())
        jsonschema.validate(written, SCHEMA, jsonschema.Draft202012Validator)
        top, listed = top | set(written), listed | set(written["front"][0])
    assert top == set(SCHEMA["properties"])
    assert listed == set(SCHEMA["$defs"]["point"]["properties"])
    assert set(written["limits"]) == set(SCHEMA["properties"]["limits"]["properties"])


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_the_schema_asks_for_the_score_of_the_task(task: str, tmp_path: Path) -> None:
    written = json.loads(front_of(tmp_path, point(0, 0.8, 5), task=task).to_json())
    del written["front"][0][find_task(task).score.key("search")]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(written, SCHEMA, jsonschema.Draft202012Validator)


def test_baselines_are_read_back_and_files_without_any_are_read(tmp_path: Path) -> None:
    document = json.loads(front_of(tmp_path).to_json())
    assert document["baselines"][0] == {"name": "1-NN", "accuracy": 0.75}
    assert Front.model_validate(document).baselines == BASELINES
    best = Front.model_validate(document).best_baseline
    assert best is not None
    assert best.name == "1-NN"
    del document["baselines"]
    assert Front.model_validate(document).best_baseline is None


BROKEN: dict[str, dict[str, Any]] = {
    "no limits": {"limits": None},
    "accuracy above one": {"accuracy": 1.5},
    "leaves the folder": {"path": "../0007"},
    "zero limit": {"limits": {"rom_bytes": 0, "ram_bytes": 1, "flops": 1}},
    "unknown protocol": {"select_on": "train"},
    "text for a count": {"flops": "many"},
    "newer": {"format": 2},
}


@pytest.mark.parametrize("case", BROKEN)
def test_reader_and_schema_refuse_the_same(case: str, tmp_path: Path) -> None:
    document = json.loads(front_of(tmp_path, point(0, 0.8, 5)).to_json())
    for key, value in BROKEN[case].items():
        (document if key in document else document["front"][0])[key] = value
    with pytest.raises(ValidationError):
        Front.model_validate(document)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, SCHEMA, jsonschema.Draft202012Validator)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('{"format": 2}', "has format 2, this version reads 1"),
        ("{", "not a front that tinypareto wrote (Invalid JSON"),
        ("", "not a front"),
        ("[]", "not a front"),
        ('{"format": 1}', "(Field required at dataset)"),
        ("\xff", "not a front"),
    ],
)
def test_foreign_files_give_one_line(text: str, wanted: str, tmp_path: Path) -> None:
    (tmp_path / "front.json").write_text(text, encoding="latin-1")
    with pytest.raises(ResultFolderError) as caught:
        read_front(tmp_path)
    assert wanted in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_folder_and_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ResultFolderError, match="no such folder"):
        read_front(tmp_path / "none")
    with pytest.raises(ResultFolderError, match=r"no front\.json in it"):
        read_front(tmp_path)
    (tmp_path / "front.json").mkdir()
    with pytest.raises(ResultFolderError, match="cannot be read"):
        read_front(tmp_path)


def test_latency_is_a_limit_and_an_objective(tmp_path: Path) -> None:
    times = {0: 5.0, 1: 2.0, 2: 10.5}
    points = [
        point(number, 0.8, 500).model_copy(update={"latency_ms": ms})
        for number, ms in times.items()
    ]
    front = build_front(
        points,
        replace(LIMITS, latency_ms=10.0),
        ("accuracy", "latency"),
        dataset="mine",
        net="dscnn",
        select_on="validation",
        selection="a part",
        trials=9,
        folder=tmp_path,
    )
    assert [p.number for p in front.points] == [1]
    assert front.hypervolume == pytest.approx(0.8 * 0.8)
    write_front(front)
    assert read_front(tmp_path) == front
    jsonschema.validate(json.loads(front.to_json()), SCHEMA, jsonschema.Draft202012Validator)


def test_a_front_without_the_newer_keys_is_read(tmp_path: Path) -> None:
    front = front_of(tmp_path, point(0, 0.8, 5))
    document = json.loads(front.to_json())
    del document["objectives"], document["limits"]["latency_ms"], document["front"][0]["latency_ms"]
    (tmp_path / "front.json").write_text(json.dumps(document))
    assert read_front(tmp_path) == front


def test_the_data_is_in_the_file_if_it_is_known(tmp_path: Path) -> None:
    front = front_of(tmp_path, point(1, 0.9, 10))
    write_front(front)
    jsonschema.validate(json.loads(front.to_json()), SCHEMA)
    assert read_front(tmp_path).data == front.data
    older = front.model_copy(update={"data": None})
    assert "data" not in json.loads(older.to_json())
    write_front(older)
    assert read_front(tmp_path).data is None


def test_a_front_of_an_unknown_task_is_refused_by_its_file(tmp_path: Path) -> None:
    content = {**json.loads(front_of(tmp_path).to_json()), "task": "ranking"}
    (tmp_path / "front.json").write_text(json.dumps(content))
    with pytest.raises(ResultFolderError, match=r"front\.json: unknown task 'ranking'"):
        read_front(tmp_path)


def test_a_part_of_a_front_has_only_that_part(tmp_path: Path) -> None:
    assert front_of(tmp_path).model_dump(include={"net"}).keys() == {"net"}
