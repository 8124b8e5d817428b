"""Cortex-M in QEMU: the cores that unicorn lacks, such as the M55 with its vector extension."""

import shutil
from typing import TYPE_CHECKING

from tinypareto.errors import ToolchainError
from tinypareto.targets.backend import Core
from tinypareto.targets.backends.arm import Arm

if TYPE_CHECKING:
    from tinypareto.targets.elf import Program
    from tinypareto.targets.emulation import Emulator

COMMAND = "qemu-system-arm"
INSTALL = f"emulation: found no {COMMAND} on the PATH; install QEMU 7 or newer"
FLASH, RAM = 0x28000000, 0x21000000
"""Memory of mps3-an547: 8 MB of QSPI flash, and at least 2 MB of SRAM."""


class QemuArm(Arm):
    """Cortex-M cores that QEMU has; the core's model is the name of QEMU's machine."""

    name = "QEMU (Arm)"
    for_search = False

    def missing(self, core: Core) -> str:
        """One line that says why the core cannot be emulated here; empty if it can."""
        if not core.model:
            return f"emulation: QEMU has no {core.name}"
        return "" if shutil.which(COMMAND) else INSTALL

    def load(self, program: "Program", core: Core) -> "Emulator":
        """Start QEMU with the program; see `Backend.load`."""
        if reason := self.missing(core):
            raise ToolchainError(reason)
        from tinypareto.targets.backends.qemu_emulator import QemuEmulator

        return QemuEmulator(program, COMMAND, core.model)

    def origins(self, flash: int, ram: int) -> tuple[int, int]:
        """The memory of QEMU's machine, whatever the board."""
        return FLASH, RAM
