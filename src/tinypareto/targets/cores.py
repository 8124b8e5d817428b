"""The registry of processor cores: one line each, and the sources of their cycle models.

No emulator counts cycles, and Arm publishes no table of them for the newer cores. `Timing` is
therefore an *estimate*, derived from what the emulator counts exactly; see docs/on-the-chip.md.
"""

from tinypareto.registry import lookup
from tinypareto.targets.backend import Core, Timing
from tinypareto.targets.backends.qemu_arm import QemuArm
from tinypareto.targets.backends.unicorn_arm import UnicornArm
from tinypareto.targets.backends.unicorn_riscv import UnicornRiscv

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

_UNICORN_ARM, _QEMU_ARM, _UNICORN_RISCV = UnicornArm(), QemuArm(), UnicornRiscv()

# fmt: off
_ALL = (
    Core("cortex-m0plus", _UNICORN_ARM, "v6m", "UC_CPU_ARM_CORTEX_M0", Timing(1, 1, 1, _M0PLUS)),
    Core("cortex-m3", _UNICORN_ARM, "v7m", "UC_CPU_ARM_CORTEX_M3", Timing(1, 2, 1, _M3)),
    Core("cortex-m4", _UNICORN_ARM, "v7em", "UC_CPU_ARM_CORTEX_M4", Timing(1, 2, 1, _M4)),
    Core("cortex-m7", _UNICORN_ARM, "v7em", "UC_CPU_ARM_CORTEX_M7", Timing(1, 2, 0.61, _M7)),
    Core("cortex-m33", _UNICORN_ARM, "v8m.main", "UC_CPU_ARM_CORTEX_M33", Timing(1, 2, 0.83, _M33)),
    Core("cortex-m55", _QEMU_ARM, "v8.1m.main", "mps3-an547"),
    Core("rv32imc", _UNICORN_RISCV, "rv32imc", "UC_CPU_RISCV32_ANY"),
)
# fmt: on

CORES = {entry.name: entry for entry in _ALL}
"""The registry: core by name."""


def core(name: str) -> Core:
    """Look up a core by its name.

    Raises:
        ConfigError: No core has that name.
    """
    return lookup("core", name, CORES)
