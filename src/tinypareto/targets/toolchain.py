"""Cross compilers: from the generated C to a program that a chip could start with."""

import importlib.util
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tinypareto.errors import ConfigError, ToolchainError
from tinypareto.registry import unknown
from tinypareto.targets.backend import Core
from tinypareto.targets.backends.arm import Arm
from tinypareto.targets.boards import Board
from tinypareto.targets.cores import core
from tinypareto.targets.process import call

CHIP = Path(__file__).parent / "chip"
HEADERS = ("marks.h", "start.h", "memory_functions.h")
OPTIMIZE = {"zig": "-Os", "gcc": "-O2"}
"""Half the code for a few percent of instructions: benchmarks/results/chip_flags.md."""
NAMES = ("zig", "gcc")
_COMMON = ("-std=gnu99", "-ffunction-sections", "-fdata-sections", "-fno-pic", "-I.")
_NO_UNWINDING = ("-fno-exceptions", "-fno-unwind-tables", "-fno-asynchronous-unwind-tables")


@dataclass(frozen=True)
class Toolchain:
    """A cross compiler and its linker.

    Attributes:
        name: "zig" (clang and lld of the PyPI wheel ziglang) or "gcc" (the user's own, such as
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
            board: Gives the core and the addresses of the memory; its sizes are ignored, see
                `link.ld`.
            directory: An existing, empty folder.
            optimize: The compiler's level of optimization; by default that of `OPTIMIZE`.

        Returns:
            The ELF file, `model.elf`.

        Raises:
            ToolchainError: The compiler refused.
        """
        chip = core(board.core)
        harness = (chip.backend.start_up, "main.c")
        for name, text in files.items():
            (directory / name).write_text(text, encoding="ascii", newline="\n")
        for name in (*harness, *HEADERS):
            shutil.copy(CHIP / name, directory)
        (directory / "link.ld").write_text(_linker_script(board))
        models = [name for name in files if name.endswith((".c", ".S"))]
        flags = (*_COMMON, *_NO_UNWINDING, *self._target(chip), "-include", "marks.h")
        flags += (optimize or OPTIMIZE[self.name],)
        self._call(["-c", *flags, *models], directory)
        # A compiler would recognize the loop of memcpy and replace it by a call of memcpy.
        self._call(["-c", *flags, "-fno-builtin", *harness], directory)
        objects = [Path(name).with_suffix(".o").name for name in (*models, *harness)]
        self._link(chip, objects, directory)
        return directory / "model.elf"

    def _target(self, chip: Core) -> tuple[str, ...]:
        flags = chip.backend.flags(chip)
        if self.name == "gcc":
            return flags
        headers = Path(self.compiler).parent / "lib" / "include"
        target = chip.backend.target(chip)
        # clang and arm-none-eabi-gcc size enumerations differently; the generated C has none.
        return (f"--target={target}", *flags, "-nostdinc", "-isystem", str(headers))

    def _link(self, chip: Core, objects: list[str], directory: Path) -> None:
        script = ["-T", "link.ld", "-o", "model.elf"]
        if self.name == "gcc":
            # No libc; libgcc holds the functions that the compiler itself calls.
            alone = ["-nostartfiles", "-nodefaultlibs", "-Wl,--gc-sections"]
            flags = chip.backend.flags(chip)
            self._call([*flags, *alone, *script, *objects, "-lgcc"], directory)
            return
        # No runtime library either: the kernels only use operations that every core has.
        linker = [self.compiler, "ld.lld", "--gc-sections"]
        call([*linker, *script, *objects], directory, f"{self.name} linker")

    def _call(self, arguments: list[str], directory: Path) -> None:
        program = [self.compiler] if self.name == "gcc" else [self.compiler, "clang"]
        call([*program, *arguments], directory, f"{self.name} compiler")


def find_toolchain(name: str, board: Board | None = None) -> Toolchain:
    """Find an installed cross compiler.

    Args:
        name: One of `NAMES`.
        board: The board to compile for; by default one with a Cortex-M.

    Raises:
        ConfigError: The name is none of `NAMES`, or no such compiler is supported for the board.
        ToolchainError: The compiler is not installed.
    """
    if name == "zig":
        if found := importlib.util.find_spec("ziglang"):
            (folder,) = found.submodule_search_locations or ("",)
            return Toolchain(name, str(Path(folder) / "zig"))
        raise ToolchainError(
            "toolchain zig: ziglang is not installed; run: pip install 'tinypareto[compiler]'"
        )
    if name == "gcc":
        command = core(board.core).backend.gcc if board else Arm.gcc
        if board and not command:
            raise ConfigError(f"toolchain gcc: is not supported for {board.core}; use zig")
        if path := shutil.which(command):
            return Toolchain(name, path)
        raise ToolchainError(
            f"toolchain gcc: found no {command} on the PATH; install it, or use zig"
        )
    raise ConfigError(unknown("toolchain", name, NAMES))


def _linker_script(board: Board) -> str:
    numbers = {
        "FLASH_ORIGIN": f"{board.flash_origin:#x}",
        "RAM_ORIGIN": f"{board.ram_origin:#x}",
    }
    text = (CHIP / "link.ld").read_text(encoding="ascii")
    for name, number in numbers.items():
        text = text.replace(name, number)
    return text
