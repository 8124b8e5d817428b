"""What each ecosystem demands of a folder, beyond C that compiles."""

import io
import json
import re
import shutil
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path

import pytest
from runs import HOSTILE, check_output, make_run

from tinypareto.deploy.export import export
from tinypareto.targets.host import find_compiler

ARDUINO_CATEGORIES = {
    *("Display", "Communication", "Signal Input/Output", "Sensors", "Device Control", "Timing"),
    *("Data Storage", "Data Processing", "Other"),
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("layouts") / "run"
    return make_run(folder, "series", dataset_name=HOSTILE).front.folder


@pytest.mark.device
@pytest.mark.parametrize("builder", ["make", "cmake"])
def test_c_builds_and_checks_itself(run: Path, tmp_path: Path, builder: str) -> None:
    if not shutil.which(builder) or not find_compiler():
        pytest.skip(f"no {builder}, or no C compiler")
    export(run, tmp_path, "c")
    if builder == "make":
        compiler = " ".join(find_compiler() or ())
        assert "checks passed" in check_output(["make", "check", f"CC={compiler}"], tmp_path)
    else:
        check_output(["cmake", "-B", "build"], tmp_path)
        check_output(["cmake", "--build", "build"], tmp_path)
        assert "100% tests passed" in check_output(["ctest", "--test-dir", "build"], tmp_path)


def test_arduino_follows_the_library_specification(run: Path, tmp_path: Path) -> None:
    export(run, tmp_path, "arduino")
    lines = (tmp_path / "library.properties").read_text().splitlines()
    fields = dict(line.split("=", 1) for line in lines)
    assert len(fields) == len(lines)
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 _.-]{0,62}", fields["name"])
    assert re.fullmatch(r"\d+\.\d+\.\d+", fields["version"])
    assert fields["category"] in ARDUINO_CATEGORIES
    assert fields["url"].startswith("https://")
    assert all(fields[key] for key in ("author", "maintainer", "sentence", "paragraph"))
    assert not fields["paragraph"].startswith(fields["sentence"])
    assert fields["architectures"] == "*"
    assert (tmp_path / "src" / fields["includes"]).is_file()
    for sketch in tmp_path.rglob("*.ino"):
        assert sketch.stem == sketch.parent.name
        assert sketch.parent.parent == tmp_path / "examples"
    # With a folder src, all code of the library is below it, and no folder is called utility.
    code = {path.relative_to(tmp_path).parts[0] for path in tmp_path.rglob("*.[ch]")}
    assert code <= {"src", "extras"}
    assert not (tmp_path / "utility").exists()


@pytest.mark.parametrize(
    ("form", "manifest"), [("platformio", "library.json"), ("arduino", "library.properties")]
)
def test_platformio_accepts_the_manifest(
    run: Path, tmp_path: Path, form: str, manifest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("platformio", reason="platformio is not installed")
    from platformio.package.manifest.parser import ManifestParserFactory
    from platformio.package.manifest.schema import ManifestSchema

    # It would ask the network for the names of all licences.
    licenses = {"licenses": [{"licenseId": "Apache-2.0"}]}
    monkeypatch.setattr(ManifestSchema, "load_spdx_licenses", staticmethod(lambda: licenses))
    export(run, tmp_path, form)
    parser = ManifestParserFactory.new_from_file(str(tmp_path / manifest))
    loaded = ManifestSchema().load_manifest(parser.as_dict())
    assert loaded["version"] == "1.0.7"
    if form == "platformio":
        for example in loaded["examples"]:
            assert all((tmp_path / example["base"] / file).is_file() for file in example["files"])
        assert (tmp_path / "src" / loaded["headers"][0]).is_file()


def test_zephyr_finds_its_files(run: Path, tmp_path: Path) -> None:
    export(run, tmp_path, "zephyr")
    module = (tmp_path / "zephyr" / "module.yml").read_text()
    keys = dict(re.findall(r"^ *(\w+): (\S+)$", module, re.MULTILINE))
    assert (tmp_path / keys["cmake"] / "CMakeLists.txt").is_file()
    assert (tmp_path / keys["kconfig"]).is_file()
    assert re.fullmatch(r"[a-z][a-z0-9_]*", keys["name"])
    sample = tmp_path / "samples" / "classify"
    # The application's path to the module, and the option that both must spell alike.
    assert "${CMAKE_CURRENT_SOURCE_DIR}/../.." in (sample / "CMakeLists.txt").read_text()
    assert (sample / "../.." / "zephyr" / "module.yml").is_file()
    assert "config TINYPARETO_MODEL\n" in (tmp_path / keys["kconfig"]).read_text()
    assert "if(CONFIG_TINYPARETO_MODEL)" in (tmp_path / "zephyr" / "CMakeLists.txt").read_text()
    assert "CONFIG_TINYPARETO_MODEL=y\n" in (sample / "prj.conf").read_text()
    overlay = (sample / "boards" / "native_sim.overlay").read_text()
    assert overlay.count("channel@") == overlay.count("<&adc0 ") == 2


def test_the_cmsis_pack_holds_what_it_describes(run: Path, tmp_path: Path) -> None:
    export(run, tmp_path, "cmsis-pack")
    (description,) = tmp_path.glob("*.pdsc")
    (packed,) = tmp_path.glob("*.pack")
    root = ET.parse(description).getroot()
    vendor, name = root.findtext("vendor"), root.findtext("name")
    release = root.find("releases/release")
    assert release is not None
    assert description.name == f"{vendor}.{name}.pdsc"
    assert packed.name == f"{vendor}.{name}.{release.get('version')}.pack"
    archive = zipfile.ZipFile(io.BytesIO(packed.read_bytes()))
    assert archive.testzip() is None
    names = archive.namelist()
    assert archive.read(description.name) == description.read_bytes()
    listed = [entry.get("name") or "" for entry in root.iter("file")]
    assert all(any(there.startswith(entry) for there in names) for entry in listed)
    assert root.findtext("license") in names


def test_the_same_network_gives_the_same_bytes(run: Path, tmp_path: Path) -> None:
    first = export(run, tmp_path / "a", "cmsis-pack")
    second = export(run, tmp_path / "b", "cmsis-pack")
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_a_board_of_the_search_stands_in_the_readme(tmp_path: Path) -> None:
    found = make_run(tmp_path / "run", "series", board="nrf52840-dk")
    export(found.front.folder, tmp_path / "out", "c")
    text = (tmp_path / "out" / "README.md").read_text()
    assert f"| Flash on nrf52840-dk, code included | {found.point.rom_bytes} bytes |" in text
    assert json.dumps(found.point.ram_bytes) in text
