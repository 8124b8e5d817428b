"""Pages that do not lie in docs/: recorded benchmarks, the house rules, the command line's help."""

from pathlib import Path
from typing import Any

import typer
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from typer.core import TyperGroup

from tinypareto.cli.app import app

ROOT = Path(__file__).parents[2]
BESIDE = (
    "benchmarks/**/*.md",
    "benchmarks/results/**/*.csv",
    "benchmarks/results/**/*.svg",
    "benchmarks/**/*.png",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
)


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Adds them to the site."""
    for path in sorted(p for pattern in BESIDE for p in ROOT.glob(pattern)):
        uri = path.relative_to(ROOT).as_posix()
        files.append(File.generated(config, uri, content=path.read_bytes()))
    files.append(File.generated(config, "commands.md", content=commands()))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Links out of docs/ lead to the pages that stand for those files."""
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


def walk(command: Any, path: str) -> list[tuple[str, Any]]:
    """A command and all below it that can be called."""
    if not isinstance(command, TyperGroup):
        return [(path, command)]
    below = (walk(child, f"{path} {name}") for name, child in command.commands.items())
    return [pair for pairs in below for pair in pairs]


def page(path: str, command: Any) -> list[str]:
    """Heading, what it does, its parameters and examples."""
    rows = [parameter(p) for p in command.params if p.name != "help"]
    table = "\n".join(["| | |", "|---|---|", *rows])
    examples = (command.epilog or "").replace("Examples:", "").strip()
    lines = [line.strip() for line in examples.splitlines() if line.strip()]
    block = "\n".join(f"    {line}" for line in lines if line.startswith("tinypareto"))
    notes = [line for line in lines if not line.startswith("tinypareto")]
    return [f"## {path}", command.help or "", table, *([block] if block else []), *notes]


def parameter(one: Any) -> str:
    """A row of the table."""
    name = (
        "/".join(one.opts) if one.param_type_name == "option" else (one.metavar or one.name.upper())
    )
    shown = f" {one.metavar}" if one.param_type_name == "option" and one.metavar else ""
    return f"| `{name}{shown}` | {(one.help or '').replace('<', '&lt;')} |"
