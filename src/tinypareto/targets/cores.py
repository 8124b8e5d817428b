"""Processor cores: how to compile for them, how to emulate them, and a simple model of their time.

No emulator counts cycles, and Arm publishes no table of them for the newer cores. `Timing` is
therefore an *estimate*, made of what the emulator counts exactly; docs/on-the-chip.md says how.
"""

from dataclasses import dataclass

from tinypareto.registry import lookup


@dataclass(frozen=True)
class Timing:
    """Estimated cycles = (instructions + word * words moved + jump * jumps) * scale.

    Attributes:
        word: Cycles of a load or store beyond the first, for each register that it moves.
        jump: Cycles of a taken branch beyond the first.
        scale: Against the core that the first two are known of.
        source: Documents of the numbers.
    """

    word: float
    jump: float
    scale: float
    source: str

    def cycles(self, instructions: int, words: int, jumps: int) -> float:
        """The estimate."""
        return (instructions + self.word * words + self.jump * jumps) * self.scale


@dataclass(frozen=True)
class Core:
    """A processor core.

    Attributes:
        name: As compilers spell it.
        target: clang's target triple.
        flags: Of clang and gcc alike.
        emulated: unicorn's name of the model; None where it has none.
        timing: Model of its cycles; None where no source is known.
    """

    name: str
    target: str
    flags: tuple[str, ...]
    emulated: str | None
    timing: Timing | None


def _arm(
    name: str,
    architecture: str,
    emulated: str | None,
    timing: Timing | None,
) -> Core:
    hard = name == "cortex-m55"  # MVE needs it
    flags = (f"-mcpu={name}", "-mthumb", f"-mfloat-abi={'hard' if hard else 'soft'}")
    target = f"thumb{architecture}-none-eabi{'hf' if hard else ''}"
    return Core(name, target, flags, emulated, timing)


_UNVERIFIED = "unverified: not timed on a board"
_M0PLUS = f"Arm DDI 0484 (Cortex-M0+ TRM), table 3-1: LDR and STR 2, taken branch 2; {_UNVERIFIED}"
_M3 = f"Arm DDI 0337 (Cortex-M3 TRM): LDR 2, LDM 1 + N, taken branch 1 + P, P = 2; {_UNVERIFIED}"
_M4 = (
    "Arm DDI 0439 (Cortex-M4 TRM), table 3-1: LDR and STR 2, LDM 1 + N, taken branch 1 + P, P = 2; "
    f"{_UNVERIFIED}"
)
# benchmarks/results/cycle_models.md
_M7 = "the Cortex-M4's times 0.61: MLPerf Tiny v1.1, the same software on both, 0.53 to 0.71"
_M33 = "the Cortex-M4's times 0.83: MLPerf Tiny v1.1, the same software on both, 0.80 to 0.88"

_ALL = (
    _arm(
        "cortex-m0plus",
        "v6m",
        "UC_CPU_ARM_CORTEX_M0",
        Timing(1, 1, 1, _M0PLUS),
    ),
    _arm(
        "cortex-m3",
        "v7m",
        "UC_CPU_ARM_CORTEX_M3",
        Timing(1, 2, 1, _M3),
    ),
    _arm("cortex-m4", "v7em", "UC_CPU_ARM_CORTEX_M4", Timing(1, 2, 1, _M4)),
    _arm("cortex-m7", "v7em", "UC_CPU_ARM_CORTEX_M7", Timing(1, 2, 0.61, _M7)),
    _arm(
        "cortex-m33",
        "v8m.main",
        "UC_CPU_ARM_CORTEX_M33",
        Timing(1, 2, 0.83, _M33),
    ),
    _arm("cortex-m55", "v8.1m.main", None, None),
    Core(
        "rv32imc",
        "riscv32-none-elf",
        ("-march=rv32imc", "-mabi=ilp32"),
        None,
        None,
    ),
)

CORES = {entry.name: entry for entry in _ALL}
"""The registry: core by name."""


def core(name: str) -> Core:
    """The core of that name.

    Raises:
        ConfigError: There is none.
    """
    return lookup("core", name, CORES)
