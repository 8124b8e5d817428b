"""Damaged and foreign files give our errors only; see also fuzz.py here, for longer runs."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from readers import READERS, SEEDS

from tinypareto.data import load
from tinypareto.deploy.imported import import_network
from tinypareto.results.front_file import read_front
from tinypareto.results.model_file import load_network

TOKENS = [
    *(b'"', b"'", b",", b":", b"=", b"[", b"]", b"{", b"}", b"\n", b"\r", b"\0", b"#", b"@", b"?"),
    *(b"nan", b"inf", b"-1", b"1e999", b"99999999999999999999", b"true", b"null", b"\xff", b"../"),
    *(b"@data\n", b"@classLabel true a\n", b"out", b"rom", b"format", b"sha256", b"\xef\xbb\xbf"),
]
"""What the readers know, and what trips them."""

edits = st.lists(
    st.tuples(
        st.integers(0, 2**16), st.integers(0, 40), st.sampled_from(TOKENS) | st.binary(max_size=8)
    ),
    min_size=1,
    max_size=4,
)
FEW = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("name", READERS)
@FEW
@given(edits=edits)
def test_an_edited_file_gives_our_errors_only(
    name: str, edits: list[tuple[int, int, bytes]]
) -> None:
    content = SEEDS[name]
    for at, length, new in edits:
        at %= len(content) + 1
        content = content[:at] + new + content[at + length :]
    READERS[name](content)


@pytest.mark.parametrize("name", READERS)
@FEW
@given(content=st.binary() | st.lists(st.sampled_from(TOKENS)).map(b"".join))
def test_foreign_bytes_give_our_errors_only(name: str, content: bytes) -> None:
    READERS[name](content)


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("start", [b"", b"a=", b"{"])
@pytest.mark.parametrize("nested", [b"[", b'"a":{', b"{a="])
def test_deep_nesting_gives_our_errors_only(name: str, start: bytes, nested: bytes) -> None:
    READERS[name](start + nested * 20_000)


def test_the_seeds_are_read(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(SEEDS["weights"])
    assert load_network(tmp_path).recipe.net == "dscnn"
    (tmp_path / "a.npz").write_bytes(SEEDS["npz"])
    assert load(tmp_path / "a.npz").class_names == ("a", "b")
    (tmp_path / "front.json").write_bytes(SEEDS["front"])
    assert read_front(tmp_path).points
    if SEEDS["tflite"]:
        (tmp_path / "a.tflite").write_bytes(SEEDS["tflite"])
        assert import_network(tmp_path / "a.tflite").compare().agreements
