"""Runs a linked program in a process of QEMU, driven by the protocol of GDB.

Breakpoints stop at the layers' labels; the input is written and the output read in the chip's
memory. With `-icount` QEMU counts instructions exactly; the number is read from its monitor.
"""

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tinypareto.errors import ToolchainError
from tinypareto.targets.backends.gdb_remote import GdbRemote
from tinypareto.targets.elf import Program
from tinypareto.targets.emulation import FILL, Emulator, Work

_SP, _PC, _XPSR = 13, 15, 25
"""Numbers of the registers in QEMU's description of a Cortex-M for GDB."""
_THUMB = 1 << 24
"""Bit T of XPSR: Cortex-M executes Thumb code only, and faults without it."""


class QemuEmulator(Emulator):
    """A chip in a process of QEMU."""

    def __init__(self, program: Program, qemu: str, machine: str) -> None:
        """Start QEMU, load the program and run its start-up code.

        Args:
            program: The program, linked for the memory of the machine.
            qemu: Command that starts QEMU.
            machine: Name of QEMU's machine.

        Raises:
            ToolchainError: QEMU cannot be started, or the program faults.
        """
        super().__init__(program)
        self._folder = tempfile.TemporaryDirectory(prefix="tinypareto-qemu-")
        folder = Path(self._folder.name)
        # Only while QEMU records does its monitor tell the count; time passes by instructions.
        record = "shift=0,sleep=off,rr=record,rrfile=record"
        loaders = []
        for index, (start, content) in enumerate(program.segments.items()):
            file = folder / f"{index}.bin"
            file.write_bytes(content)
            loaders += ["-device", f"loader,file={file.name},addr={start:#x},force-raw=on"]
        quiet = ["-nodefaults", "-display", "none"]
        debug = ["-S", "-gdb", "stdio"]
        command = [qemu, "-M", machine, *quiet, *debug, "-icount", record, *loaders]
        self._chip = GdbRemote(command, folder)
        try:
            # QEMU reads and writes single registers only for clients that know their description.
            self._chip.ask("qXfer:features:read:target.xml:0,400")
            low, high = self._address("stack_low"), self._address("stack_top")
            self._write(low, bytes([FILL]) * (high - low))
            self._go("Reset_Handler", "main", {})
        except ToolchainError:
            self.close()
            raise

    def close(self) -> None:
        """End QEMU."""
        self._chip.close()
        self._folder.cleanup()

    def _read(self, address: int, count: int) -> bytes:
        return self._chip.read(address, count)

    def _write(self, address: int, content: bytes) -> None:
        self._chip.write(address, content)

    def _infer(self) -> Mapping[str, Work]:
        counts = self._go("main", "done", self._marks())
        names, ends = ["main", *counts], list(counts.values())
        # The last label, `done`, begins nothing.
        spans = zip(names, [0, *ends], ends, strict=False)
        return {name: Work(end - start) for name, start, end in spans}

    def _go(self, start: str, end: str, marks: Mapping[str, int]) -> dict[str, int]:
        """Run from one label to another on an empty stack.

        Args:
            start: Address of the first instruction.
            end: Address at which to stop.
            marks: Addresses to stop at on the way, by label.

        Returns:
            Instructions from the start to each label that was met, in the order of execution.
        """
        self._chip.write_register(_SP, self._address("stack_top"))
        self._chip.write_register(_PC, self._address(start) & ~1)
        self._chip.write_register(_XPSR, _THUMB)
        labels: dict[int, list[str]] = {}
        for name, address in {**marks, end: self._address(end) & ~1}.items():
            labels.setdefault(address, []).append(name)
            self._chip.ask(f"Z0,{address:x},2")
        before, counts = self._count(), dict[str, int]()
        while end not in counts:
            self._chip.ask("c")
            found = self._chip.read_register(_PC)
            if found not in labels:
                raise ToolchainError(
                    f"emulation: the program stopped at {found:#x}; please report this bug"
                )
            # A label may head a loop of its layer; only its first round counts.
            self._chip.ask(f"z0,{found:x},2")
            counts |= dict.fromkeys(labels.pop(found), self._count() - before)
        for address in labels:
            self._chip.ask(f"z0,{address:x},2")
        return counts

    def _count(self) -> int:
        """Instructions that the chip executed so far."""
        text = self._chip.monitor("info replay")
        found = re.search(r"instruction count = (\d+)", text)
        if found is None:
            raise ToolchainError("emulation: QEMU does not count instructions; update it")
        return int(found[1])
