"""Client of the GDB remote serial protocol, over the standard streams of an emulator.

The protocol is documented in the GDB manual, appendix E, "GDB Remote Serial Protocol".
"""

import subprocess
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from tinypareto.errors import ToolchainError

TIMEOUT_S = 120
"""Time for one command of the protocol, such as running one inference."""
_PIECE = 1024
"""Bytes of memory for each packet: QEMU's packets hold 4096 characters, two for each byte."""


class GdbRemote:
    """An emulated chip that runs in another process and stops at breakpoints."""

    def __init__(self, command: Sequence[str], directory: Path) -> None:
        """Start the emulator.

        Args:
            command: Emulator that serves the protocol on its standard streams.
            directory: Folder for what the emulator writes.

        Raises:
            ToolchainError: The command cannot be started.
        """
        self._log = (directory / "stderr").open("w+", errors="replace")
        try:
            self._process = subprocess.Popen(
                command,
                cwd=directory,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._log,
            )
        except OSError as problem:
            self._log.close()
            raise ToolchainError(f"emulation: {problem}; check {command[0]}") from problem

    def close(self) -> None:
        """End the emulator."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._log):
            # A packet that nobody read stays in the buffer, and closing tries to send it.
            with suppress(OSError):
                if stream:
                    stream.close()

    def ask(self, packet: str = "") -> str:
        """Send a packet, if there is one, and wait for the next answer.

        Raises:
            ToolchainError: The emulator ended, reports an error, or takes longer than `TIMEOUT_S`.
        """
        watchdog = threading.Timer(TIMEOUT_S, self._process.kill)
        watchdog.start()
        try:
            if packet:
                self._send(packet)
            answer = self._receive()
        except OSError:
            answer = None
        finally:
            watchdog.cancel()
        if answer is None:
            raise ToolchainError(f"emulation: the emulator ended: {self._last_words()}")
        if answer.startswith("E"):
            raise ToolchainError(
                f"emulation: the emulator refused {packet[:24]!r} ({answer}); "
                "does the program fit its machine?"
            )
        return answer

    def monitor(self, command: str) -> str:
        """Output of a command of the emulator's own monitor."""
        answer, text = self.ask("qRcmd," + command.encode().hex()), ""
        while answer.startswith("O") and answer != "OK":
            text += bytes.fromhex(answer[1:]).decode(errors="replace")
            answer = self.ask()
        return text

    def read(self, address: int, count: int) -> bytes:
        """Bytes of the memory."""
        pieces = range(address, address + count, _PIECE)
        return b"".join(
            bytes.fromhex(self.ask(f"m{start:x},{min(_PIECE, address + count - start):x}"))
            for start in pieces
        )

    def write(self, address: int, content: bytes) -> None:
        """Change the memory."""
        for offset in range(0, len(content), _PIECE):
            piece = content[offset : offset + _PIECE]
            self.ask(f"M{address + offset:x},{len(piece):x}:{piece.hex()}")

    def read_register(self, number: int) -> int:
        """Content of a 32-bit register."""
        return int.from_bytes(bytes.fromhex(self.ask(f"p{number:x}")), "little")

    def write_register(self, number: int, value: int) -> None:
        """Change a 32-bit register."""
        self.ask(f"P{number:x}={value.to_bytes(4, 'little').hex()}")

    def _send(self, packet: str) -> None:
        assert self._process.stdin
        data = packet.encode("ascii")
        # The sum of all characters, modulo 256, protects a packet.
        self._process.stdin.write(b"$%b#%02x" % (data, sum(data) & 0xFF))
        self._process.stdin.flush()

    def _receive(self) -> str | None:
        """The next packet; None at the end of the stream."""
        stream = self._process.stdout
        assert self._process.stdin
        assert stream
        # Acknowledgments (+) precede a packet.
        while (character := stream.read(1)) != b"$":
            if not character:
                return None
        data = b""
        while (character := stream.read(1)) != b"#":
            if not character:
                return None
            data += character
        stream.read(2)
        self._process.stdin.write(b"+")
        self._process.stdin.flush()
        return data.decode("ascii", errors="replace")

    def _last_words(self) -> str:
        """First line of the error output, or that there is none."""
        self._log.seek(0)
        lines = [line.strip() for line in self._log if line.strip() and "warning" not in line]
        return lines[0] if lines else f"no answer within {TIMEOUT_S} s"
