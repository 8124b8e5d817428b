"""Cross compilers: from the generated C to a program that a chip could start with."""

import importlib.util
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tinypareto.errors import ConfigError, ToolchainError
from tinypareto.registry import unknown
from tinypareto.targets.boards import Board
from tinypareto.targets.cores import Core, core
from tinypareto.targets.process import call

CHIP = Path(__file__).parent / "chip"
HARNESS = ("start.c", "main.c")
OPTIMIZE = {"zig": "-Os", "gcc": "-O2"}
"""Half the code for a few percent of instructions: benchmarks/results/chip_flags.md."""
NAMES = ("zig", "gcc")
_COMMON = ("-std=gnu99", "-ffunction-sections", "-fdata-sections", "-fno-pic", "-I.")
_NO_UNWINDING = ("-fno-exceptions", "-fno-unwind-tables", "-fno-asynchronous-unwind-tables")


@dataclass(frozen=True)
class Toolchain:
    """A cross compiler and its linker.

    Attributes:
        name: "zig" (clang and lld of the PyPI wheel ziglang) or "gcc" (the user's own
            arm-none-eabi-gcc).
        compiler: Path of the program.
    """

    name: str
    compiler: str

    def build(
        self,
        files: Mapping[str, str],
        board: Board,
        directory: Path,
        optimize: str = "",
    ) -> Path:
        """Compile and link the network with its start-up code.

        Args:
            files: The generated C by file name.
            board: Whose core and memory addresses count; its sizes do not, see `link.ld`.
            directory: An existing, empty folder.
            optimize: The compiler's level of optimisation; by default that of `OPTIMIZE`.

        Returns:
            The ELF file, `model.elf`.

        Raises:
            ToolchainError: The compiler refused.
        """
        chip = core(board.core)
        _check(self, chip)
        for name, text in files.items():
            (directory / name).write_text(text, encoding="ascii", newline="\n")
        for name in (*HARNESS, "marks.h"):
            shutil.copy(CHIP / name, directory)
        (directory / "link.ld").write_text(_linker_script(board))
        models = [name for name in files if name.endswith((".c", ".S"))]
        flags = (*_COMMON, *_NO_UNWINDING, *self._target(chip), "-include", "marks.h")
        flags += (optimize or OPTIMIZE[self.name],)
        self._call(["-c", *flags, *models], directory)
        # Their loops must not become calls of themselves.
        self._call(["-c", *flags, "-fno-builtin", *HARNESS], directory)
        objects = [Path(name).with_suffix(".o").name for name in (*models, *HARNESS)]
        self._link(chip, objects, directory)
        return directory / "model.elf"

    def _target(self, chip: Core) -> tuple[str, ...]:
        if self.name == "gcc":
            return chip.flags
        headers = Path(self.compiler).parent / "lib" / "include"
        # arm-none-eabi's enums are as short as gcc makes them; nothing here has one.
        return (f"--target={chip.target}", *chip.flags, "-nostdinc", "-isystem", str(headers))

    def _link(self, chip: Core, objects: list[str], directory: Path) -> None:
        script = ["-T", "link.ld", "-o", "model.elf"]
        if self.name == "gcc":
            # Not all of libc, but what the compiler itself calls.
            alone = ["-nostartfiles", "-nodefaultlibs", "-Wl,--gc-sections"]
            self._call([*chip.flags, *alone, *script, *objects, "-lgcc"], directory)
            return
        # Without a compiler's runtime library: no kernel divides or multiplies beyond the core.
        linker = [self.compiler, "ld.lld", "--gc-sections"]
        call([*linker, *script, *objects], directory, f"{self.name} linker")

    def _call(self, arguments: list[str], directory: Path) -> None:
        program = [self.compiler] if self.name == "gcc" else [self.compiler, "clang"]
        call([*program, *arguments], directory, f"{self.name} compiler")


def find_toolchain(name: str) -> Toolchain:
    """The cross compiler of that name.

    Raises:
        ConfigError: The name is none of `NAMES`.
        ToolchainError: It is not installed.
    """
    if name == "zig":
        if found := importlib.util.find_spec("ziglang"):
            (folder,) = found.submodule_search_locations or ("",)
            return Toolchain(name, str(Path(folder) / "zig"))
        raise ToolchainError(
            "toolchain zig: ziglang is not installed; run: pip install 'tinypareto[compiler]'"
        )
    if name == "gcc":
        if path := shutil.which("arm-none-eabi-gcc"):
            return Toolchain(name, path)
        raise ToolchainError(
            "toolchain gcc: found no arm-none-eabi-gcc on the PATH; install it, or use zig"
        )
    raise ConfigError(unknown("toolchain", name, NAMES))


def _check(toolchain: Toolchain, chip: Core) -> None:
    if toolchain.name == "gcc" and "-mthumb" not in chip.flags:
        raise ConfigError(
            f"toolchain gcc: arm-none-eabi-gcc cannot compile for {chip.name}; use zig"
        )


def _linker_script(board: Board) -> str:
    numbers = {
        "FLASH_ORIGIN": f"{board.flash_origin:#x}",
        "RAM_ORIGIN": f"{board.ram_origin:#x}",
    }
    text = (CHIP / "link.ld").read_text(encoding="ascii")
    for name, number in numbers.items():
        text = text.replace(name, number)
    return text
