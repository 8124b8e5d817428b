"""Random models, and damaged files of models, are computed right or refused in one line."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")

from random_qdq import RandomQdq, damaged, tried


def test_random_models_are_computed_like_onnx_runtime_or_refused(tmp_path: Path) -> None:
    outcomes = [tried(seed, tmp_path) for seed in range(120)]
    assert [found for found in outcomes if not isinstance(found, str | None)] == []
    assert all("\n" not in found for found in outcomes if isinstance(found, str))
    assert outcomes.count(None) > 90


def test_damaged_files_are_computed_or_refused(tmp_path: Path) -> None:
    refusals = []
    for seed in range(600):
        rng = np.random.default_rng(seed)
        whole = RandomQdq(seed % 12).save(tmp_path).read_bytes()
        refusals.append(damaged(whole, rng, tmp_path))
    assert 20 < refusals.count("") < 580
    assert not any("\n" in refusal for refusal in refusals)
