"""Pages and tables from outside docs/: benchmarks, house rules, the command line, its options."""

from pathlib import Path
from typing import Any

import typer
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from typer.core import TyperGroup

from tinypareto.cli.app import app
from tinypareto.config.model import OPTIONS
from tinypareto.search_space.presets import SEARCHED, range_text
from tinypareto.search_space.training_settings import Setting

ROOT = Path(__file__).parents[2]
OPTIONS_TABLE = "<!-- table of the options -->"
SPACE_TABLE = "<!-- table of the space -->"
BESIDE = (
    "benchmarks/**/*.md",
    "benchmarks/results/**/*.csv",
    "benchmarks/results/**/*.svg",
    "benchmarks/**/*.png",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
)


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add them to the site."""
    for path in sorted(p for pattern in BESIDE for p in ROOT.glob(pattern)):
        uri = path.relative_to(ROOT).as_posix()
        files.append(File.generated(config, uri, content=path.read_bytes()))
    files.append(File.generated(config, "commands.md", content=commands()))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Point links out of docs/ to the pages that stand for those files; fill in tables."""
    markdown = markdown.replace(OPTIONS_TABLE, options()).replace(SPACE_TABLE, space())
    return markdown.replace("](../benchmarks/", "](benchmarks/").replace("](../C", "](C")


def commands() -> str:
    """The help of every command, as Markdown."""
    root = typer.main.get_command(app)
    parts = [
        "# Command line",
        "Exit codes: 0 done, 1 the run failed, 2 bad input, 130 interrupted.",
    ]
    parts += [
        section for path, command in walk(root, "tinypareto") for section in page(path, command)
    ]
    return "\n\n".join(parts) + "\n"


def options() -> str:
    """The options of a search, as keys of a TOML file or of `tinypareto.search`, as Markdown."""
    rows = [f"| `{key}` | {escaped(one.sentence())} |" for key, one in OPTIONS.items()]
    return "\n".join(["| key | meaning (default) |", "|---|---|", *rows])


def space() -> str:
    """Searched settings with the presets' intervals, as Markdown."""
    rows = ["| parameter | meaning | default | paper | range |", "|---|---|---|---|---|"]
    for name, one in SEARCHED.items():
        presets = [interval(one, preset) for preset in ("default", "paper")]
        cells = [f"`{name}`", escaped(one.summary), *presets, range_text(one.searchable)]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def interval(setting: Setting, preset: str) -> str:
    """The interval of a preset, or the value that the setting has without one."""
    if preset not in setting.presets:
        return f"{setting.default:g}"
    low, high, scale = setting.presets[preset]
    if low == high:
        return f"{low:g}"
    return f"{low:g} to {high:g}" + (", log" if scale == "log" else "")


def walk(command: Any, path: str) -> list[tuple[str, Any]]:
    """A command and all below it that can be called."""
    if not isinstance(command, TyperGroup):
        return [(path, command)]
    below = (walk(child, f"{path} {name}") for name, child in command.commands.items())
    return [pair for pairs in below for pair in pairs]


def page(path: str, command: Any) -> list[str]:
    """Heading, what it does, its parameters by panel, and examples."""
    panels: dict[str, list[str]] = {}
    for one in command.params:
        if one.name != "help":
            panels.setdefault(one.rich_help_panel or "", []).append(parameter(one))
    tables = ["\n".join([f"| {name} | |", "|---|---|", *rows]) for name, rows in panels.items()]
    examples = (command.epilog or "").replace("Examples:", "").strip()
    lines = [line.strip() for line in examples.splitlines() if line.strip()]
    block = "\n".join(f"    {line}" for line in lines if line.startswith("tinypareto"))
    notes = [line for line in lines if not line.startswith("tinypareto")]
    return [f"## {path}", command.help or "", *tables, *([block] if block else []), *notes]


def parameter(one: Any) -> str:
    """A row of the table."""
    name = (
        "/".join((*one.opts, *one.secondary_opts))
        if one.param_type_name == "option"
        else (one.metavar or one.name.upper())
    )
    shown = f" {one.metavar}" if one.param_type_name == "option" and one.metavar else ""
    return f"| `{name}{shown}` | {escaped(one.help or '')} |"


def escaped(text: str) -> str:
    """Text in which Markdown sees no tag."""
    return text.replace("<", "&lt;")
