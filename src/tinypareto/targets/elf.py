"""Reads the sizes and the symbols of a linked program from its ELF file."""

import re
from dataclasses import dataclass
from pathlib import Path

from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

ARENA = "arena"
_WEIGHT = re.compile(r"model_\d+_\w+_(weight|bias)$")


@dataclass(frozen=True)
class Symbol:
    """A name in the program: first address, and size in bytes (0 for a label)."""

    address: int
    size: int


@dataclass(frozen=True)
class FlashUse:
    """Bytes of flash.

    Attributes:
        weights: Size of all weights and biases.
        tables: Size of all other constants: rescaling multipliers, lookup tables, shapes.
        code: Size of instructions, start-up code, vectors and initial values of variables, with
            padding.
    """

    weights: int
    tables: int
    code: int

    @property
    def total(self) -> int:
        """Sum of all parts."""
        return self.weights + self.tables + self.code


@dataclass(frozen=True)
class Program:
    """A linked program.

    Attributes:
        segments: Bytes to load, by address.
        symbols: Symbols by name.
        code: First address and bytes of the instructions.
        flash: Bytes of flash.
        arena_bytes: Size of the arena.
        static_bytes: Size of all other variables.
    """

    segments: dict[int, bytes]
    symbols: dict[str, Symbol]
    code: tuple[int, bytes]
    flash: FlashUse
    arena_bytes: int
    static_bytes: int


def read_program(path: Path) -> Program:
    """Read an ELF file that `Toolchain.build` linked."""
    with path.open("rb") as file:
        elf = ELFFile(file)
        sections = {section.name: section for section in elf.iter_sections()}
        sizes = {name: section["sh_size"] for name, section in sections.items()}
        table = sections[".symtab"]
        assert isinstance(table, SymbolTableSection)
        symbols = {
            symbol.name: Symbol(symbol["st_value"], symbol["st_size"])
            for symbol in table.iter_symbols()
            if symbol.name
        }
        segments = {
            segment["p_paddr"]: segment.data()
            for segment in elf.iter_segments("PT_LOAD")
            if segment["p_filesz"]
        }
        text = sections[".text"]
        code = text["sh_addr"], text.data()
    loaded = sum(map(len, segments.values()))
    weights = sum(symbol.size for name, symbol in symbols.items() if _WEIGHT.match(name))
    tables = sizes.get(".rodata", 0) - weights
    arena = symbols[ARENA].size
    return Program(
        segments=segments,
        symbols=symbols,
        code=code,
        flash=FlashUse(weights, tables, loaded - weights - tables),
        arena_bytes=arena,
        static_bytes=sizes.get(".data", 0) + sizes.get(".bss", 0) - arena,
    )
