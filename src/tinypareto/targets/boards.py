"""Boards that a network can be made for: a registry with one line each, or a TOML file's board."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from difflib import get_close_matches
from pathlib import Path

from tinypareto.errors import ConfigError
from tinypareto.registry import unknown
from tinypareto.targets.cores import core
from tinypareto.targets.memory_size import KIB, MIB, format_memory

MHZ = 1_000_000

Table = dict[str, str | int]
BoardReference = str | Table
"""A board as a configuration stores it: a name of the registry, or all of a board of one's own."""


@dataclass(frozen=True)
class Board:
    """A board and its chip.

    Attributes:
        name: Name on the command line.
        core: Key in `tinypareto.targets.cores.CORES`.
        flash_bytes: Size of the memory for code and constants, on the chip or on the board.
        ram_bytes: Size of the memory for the arena, the stack and all other variables, on the
            chip: the largest region of contiguous addresses.
        flash_origin: First address of that flash, as the core sees it.
        ram_origin: First address of that RAM.
        clock_hz: Highest clock of the core, in Hz.
        source: Document of the numbers.
        aliases: Other names on the command line, such as the chip's.
    """

    name: str
    core: str
    flash_bytes: int
    ram_bytes: int
    flash_origin: int
    ram_origin: int
    clock_hz: int
    source: str
    aliases: tuple[str, ...] = field(default=())

    def record(self) -> dict[str, object]:
        """All fields for JSON, and what can be done with the board.

        `verified` says whether an emulator compares outputs, `counted` whether it counts
        instructions, `estimated` whether there is a model of cycles (`cycle_model`, in words), and
        `missing` what has to be installed here first.
        """
        chip = core(self.core)
        return {
            **asdict(self),
            "cycle_model": chip.timing.source if chip.timing else None,
            "memory": {
                "flash": format_memory(self.flash_bytes),
                "ram": format_memory(self.ram_bytes),
            },
            "backend": chip.backend.name,
            "verified": bool(chip.model),
            "counted": bool(chip.model),
            "estimated": chip.timing is not None,
            "missing": chip.missing,
        }

    @property
    def reference(self) -> BoardReference:
        """The form that a configuration stores; `find_board` returns this board for it again.

        It is complete: a result folder stays usable without the TOML file of its board.
        """
        if BOARDS.get(self.name) == self:
            return self.name
        return {
            "name": self.name,
            "core": self.core,
            "flash": self.flash_bytes,
            "ram": self.ram_bytes,
            "flash_origin": self.flash_origin,
            "ram_origin": self.ram_origin,
            "clock": self.clock_hz,
            "source": self.source,
        }


# fmt: off
_ALL = (
    Board("raspberry-pi-pico", "cortex-m0plus", 2 * MIB, 264 * KIB, 0x10000000, 0x20000000, 133 * MHZ, "Raspberry Pi, Pico datasheet (RP2040; flash beside the chip)", ("pico", "rp2040")),  # noqa: E501
    Board("nrf52840-dk", "cortex-m4", MIB, 256 * KIB, 0, 0x20000000, 64 * MHZ, "Nordic, nRF52840 Product Specification", ("pca10056",)),  # noqa: E501
    Board("nucleo-l4r5", "cortex-m4", 2 * MIB, 640 * KIB, 0x08000000, 0x20000000, 120 * MHZ, "ST, DS12023 (STM32L4R5ZI)", ("nucleo-l4r5zi", "stm32l4r5")),  # noqa: E501
    Board("stm32f746g-disco", "cortex-m7", MIB, 320 * KIB, 0x08000000, 0x20000000, 216 * MHZ, "ST, DS10916 (STM32F746NG)", ("stm32f746", "f746-discovery")),  # noqa: E501
    Board("b-u585i-iot02a", "cortex-m33", 2 * MIB, 768 * KIB, 0x08000000, 0x20000000, 160 * MHZ, "ST, DS13086 (STM32U585AI; SRAM1 to SRAM3)", ("stm32u585",)),  # noqa: E501
    Board("nrf9160-dk", "cortex-m33", MIB, 256 * KIB, 0, 0x20000000, 64 * MHZ, "Nordic, nRF9160 Product Specification", ("pca10090",)),  # noqa: E501
    Board("corstone-300", "cortex-m55", 8 * MIB, 2 * MIB, 0x28000000, 0x21000000, 32 * MHZ, "Arm, AN547 for MPS3 (QSPI flash, system SRAM)", ("mps3-an547",)),  # noqa: E501
    Board("esp32-c3", "rv32imc", 4 * MIB, 384 * KIB, 0x42000000, 0x3FC80000, 160 * MHZ, "Espressif, ESP32-C3 datasheet (4 MB flash beside the core; without the cache's 16 KB of RAM)", ("esp32c3", "esp32-c3-devkitm", "esp32-c3-devkitm-1")),  # noqa: E501
    Board("arduino-nano-33-ble-sense", "cortex-m4", MIB, 256 * KIB, 0, 0x20000000, 64 * MHZ, "Nordic, nRF52840 Product Specification (Arduino's bootloader takes 64 KB of the flash)", ("nano33ble", "nano33blesense", "arduino-nano-33-ble")),  # noqa: E501
    Board("arduino-uno-r4", "cortex-m4", 256 * KIB, 32 * KIB, 0, 0x20000000, 48 * MHZ, "Renesas, RA4M1 Group datasheet (R7FA4M1AB; Arduino's bootloader takes 16 KB of the flash)", ("uno-r4", "uno-r4-minima", "uno-r4-wifi", "ra4m1")),  # noqa: E501
    Board("arduino-zero", "cortex-m0plus", 256 * KIB, 32 * KIB, 0, 0x20000000, 48 * MHZ, "Microchip, DS40001882 (SAMD21G18A)", ("samd21", "samd21g18")),  # noqa: E501
    Board("blackpill", "cortex-m4", 512 * KIB, 128 * KIB, 0x08000000, 0x20000000, 100 * MHZ, "ST, DS10314 (STM32F411CE)", ("black-pill", "stm32f411", "stm32f411ce")),  # noqa: E501
    Board("bluepill", "cortex-m3", 64 * KIB, 20 * KIB, 0x08000000, 0x20000000, 72 * MHZ, "ST, DS5319 (STM32F103C8)", ("blue-pill", "stm32f103", "stm32f103c8")),  # noqa: E501
    Board("ek-ra6m4", "cortex-m33", MIB, 256 * KIB, 0, 0x20000000, 200 * MHZ, "Renesas, RA6M4 Group datasheet (R7FA6M4AF)", ("ra6m4",)),  # noqa: E501
    Board("microbit-v2", "cortex-m4", 512 * KIB, 128 * KIB, 0, 0x20000000, 64 * MHZ, "Nordic, nRF52833 Product Specification", ("micro:bit-v2", "bbc-microbit-v2", "nrf52833")),  # noqa: E501
    Board("nrf52-dk", "cortex-m4", 512 * KIB, 64 * KIB, 0, 0x20000000, 64 * MHZ, "Nordic, nRF52832 Product Specification", ("nrf52832-dk", "nrf52832", "pca10040")),  # noqa: E501
    Board("nrf5340-dk", "cortex-m33", MIB, 512 * KIB, 0, 0x20000000, 128 * MHZ, "Nordic, nRF5340 Product Specification (application core)", ("nrf5340", "pca10095")),  # noqa: E501
    Board("nucleo-f446re", "cortex-m4", 512 * KIB, 128 * KIB, 0x08000000, 0x20000000, 180 * MHZ, "ST, DS10693 (STM32F446RE)", ("stm32f446", "stm32f446re")),  # noqa: E501
    Board("nucleo-h743zi", "cortex-m7", 2 * MIB, 512 * KIB, 0x08000000, 0x24000000, 480 * MHZ, "ST, DS12110 (STM32H743ZI; AXI SRAM, of 1 MB in all)", ("nucleo-h743zi2", "stm32h743", "stm32h743zi")),  # noqa: E501
    Board("nucleo-l476rg", "cortex-m4", MIB, 96 * KIB, 0x08000000, 0x20000000, 80 * MHZ, "ST, DS10198 (STM32L476RG; SRAM1; SRAM2 is not contiguous with it)", ("stm32l476", "stm32l476rg")),  # noqa: E501
    Board("nucleo-u575zi-q", "cortex-m33", 2 * MIB, 768 * KIB, 0x08000000, 0x20000000, 160 * MHZ, "ST, DS13737 (STM32U575ZI; SRAM1 to SRAM3)", ("nucleo-u575zi", "stm32u575")),  # noqa: E501
    Board("raspberry-pi-pico-2", "cortex-m33", 4 * MIB, 520 * KIB, 0x10000000, 0x20000000, 150 * MHZ, "Raspberry Pi, Pico 2 datasheet (RP2350, its Arm cores; flash beside the chip)", ("pico2", "pico-2", "rp2350")),  # noqa: E501
    Board("teensy-4.0", "cortex-m7", 1984 * KIB, 512 * KIB, 0x60000000, 0x20200000, 600 * MHZ, "PJRC, Teensy 4.0 (i.MX RT1062; RAM2; 64 KB of the 2 MB flash are reserved)", ("teensy40",)),  # noqa: E501
    Board("teensy-4.1", "cortex-m7", 7936 * KIB, 512 * KIB, 0x60000000, 0x20200000, 600 * MHZ, "PJRC, Teensy 4.1 (i.MX RT1062; RAM2; 256 KB of the 8 MB flash are reserved)", ("teensy41",)),  # noqa: E501
)
# fmt: on

BOARDS = {entry.name: entry for entry in _ALL}
"""The registry: board by name."""
ALIASES = {alias: entry.name for entry in _ALL for alias in entry.aliases}
"""Name in the registry by alias."""


def board(name: str) -> Board:
    """Look up a board of the registry by its name or an alias, in upper or lower case.

    Raises:
        ConfigError: No board has that name.
    """
    lower = name.lower()
    found = BOARDS.get(ALIASES.get(lower, lower))
    if found is None:
        # Aliases would make the list of known names three times as long.
        near = get_close_matches(lower, ALIASES, n=1)
        raise ConfigError(
            unknown("board", name, [*BOARDS, *near])
            + "; a board of your own is a .toml file, see docs/add-a-board.md"
        )
    return found


def find_board(reference: object, folder: Path | None = None, label: str = "board") -> Board:
    """Find a board of the registry, or read one of the user's own.

    Args:
        reference: A name or alias of the registry, the path of a TOML file, or the table that such
            a file holds; see `tinypareto.targets.board_file`.
        folder: Folder that a relative path starts from; by default the working directory.
        label: Flag or key that holds the reference, for messages.

    Raises:
        ConfigError: There is no such board or file, or the file does not describe a board.
    """
    from tinypareto.targets.board_file import board_from_table, read_board

    if isinstance(reference, Mapping):
        return board_from_table(reference, label)
    if not isinstance(reference, str):
        raise ConfigError(
            f"{label}: got {reference!r}; wanted the name of a board, or the path of a .toml file "
            "that describes one"
        )
    if reference.lower().endswith(".toml"):
        return read_board((folder or Path.cwd()) / reference)
    return board(reference)
