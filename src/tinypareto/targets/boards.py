"""Boards that a network can be made for: one line each, sizes and clocks from their documents."""

from dataclasses import asdict, dataclass

from tinypareto.registry import lookup
from tinypareto.targets.cores import core

KIB, MIB, MHZ = 1024, 1024**2, 1_000_000


@dataclass(frozen=True)
class Board:
    """A board and its chip.

    Attributes:
        name: Name on the command line.
        core: Key in `tinypareto.targets.cores.CORES`.
        flash_bytes: Memory for code and constants, on the chip or beside it.
        ram_bytes: Memory for the arena, the stack and all else, on the chip: the largest piece at
            contiguous addresses.
        flash_origin: First address of that flash, as the core sees it.
        ram_origin: First address of that RAM.
        clock_hz: Highest clock of the core.
        source: Document of the numbers.
    """

    name: str
    core: str
    flash_bytes: int
    ram_bytes: int
    flash_origin: int
    ram_origin: int
    clock_hz: int
    source: str

    def record(self) -> dict[str, str | int | None]:
        """For JSON: all of it, and the model of its cycles in words, None where there is none."""
        timing = core(self.core).timing
        return {**asdict(self), "cycle_model": timing.source if timing else None}


# fmt: off
_ALL = (
    Board("raspberry-pi-pico", "cortex-m0plus", 2 * MIB, 264 * KIB, 0x10000000, 0x20000000, 133 * MHZ, "Raspberry Pi, Pico datasheet (RP2040; flash beside the chip)"),  # noqa: E501
    Board("nrf52840-dk", "cortex-m4", MIB, 256 * KIB, 0, 0x20000000, 64 * MHZ, "Nordic, nRF52840 Product Specification"),  # noqa: E501
    Board("nucleo-l4r5", "cortex-m4", 2 * MIB, 640 * KIB, 0x08000000, 0x20000000, 120 * MHZ, "ST, DS12023 (STM32L4R5ZI)"),  # noqa: E501
    Board("stm32f746g-disco", "cortex-m7", MIB, 320 * KIB, 0x08000000, 0x20000000, 216 * MHZ, "ST, DS10916 (STM32F746NG)"),  # noqa: E501
    Board("b-u585i-iot02a", "cortex-m33", 2 * MIB, 768 * KIB, 0x08000000, 0x20000000, 160 * MHZ, "ST, DS13086 (STM32U585AI; SRAM1 to SRAM3)"),  # noqa: E501
    Board("nrf9160-dk", "cortex-m33", MIB, 256 * KIB, 0, 0x20000000, 64 * MHZ, "Nordic, nRF9160 Product Specification"),  # noqa: E501
    Board("corstone-300", "cortex-m55", 8 * MIB, 2 * MIB, 0x28000000, 0x21000000, 32 * MHZ, "Arm, AN547 for MPS3 (QSPI flash, system SRAM)"),  # noqa: E501
    Board("esp32-c3", "rv32imc", 4 * MIB, 384 * KIB, 0x42000000, 0x3FC80000, 160 * MHZ, "Espressif, ESP32-C3 datasheet (4 MB flash beside the core; without the cache's 16 KB of RAM)"),  # noqa: E501
)
# fmt: on

BOARDS = {entry.name: entry for entry in _ALL}
"""The registry: board by name."""


def board(name: str) -> Board:
    """The board of that name.

    Raises:
        ConfigError: There is none.
    """
    return lookup("board", name, BOARDS)
