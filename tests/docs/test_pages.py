"""The pages and tables that docs/hooks makes of the commands and options."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest
import typer

from tinypareto.cli.app import app
from tinypareto.config.model import OPTIONS
from tinypareto.search_space.presets import SEARCHED

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def pages() -> ModuleType:
    pytest.importorskip("mkdocs")
    spec = spec_from_file_location("pages", ROOT / "docs" / "hooks" / "pages.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_of_the_commands_has_every_flag_and_panel(pages: ModuleType) -> None:
    text = pages.commands()
    for path, command in pages.walk(typer.main.get_command(app), "tinypareto"):
        (section,) = [one for one in text.split("\n## ") if one.startswith(f"{path}\n")]
        for parameter in command.params:
            if parameter.param_type_name == "option" and parameter.name != "help":
                assert all(
                    f"`{name}" in section or f"/{name}" in section for name in parameter.opts
                )
                assert f"| {parameter.rich_help_panel or ''} | |" in section


def test_the_tables_are_filled_in(pages: ModuleType) -> None:
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    filled = pages.on_page_markdown(page)
    for table in (pages.OPTIONS_TABLE, pages.SPACE_TABLE):
        assert table in page
        assert table not in filled
    assert all(f"\n| `{name}` | " in filled for name in SEARCHED)
    assert all(
        f"\n| `{key}` | {option.help}" in filled for key, option in OPTIONS.items() if key != "out"
    )
    assert "| `out` | Result folder (runs/&lt;data set>). |" in filled
