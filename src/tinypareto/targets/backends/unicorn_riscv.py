"""RISC-V in unicorn: 32-bit cores without floating point, such as the ESP32-C3's."""

from tinypareto.targets.backend import Core
from tinypareto.targets.backends.unicorn_backend import InstructionSet, UnicornBackend

RISCV32 = InstructionSet(
    engine="UC_ARCH_RISCV",
    modes=("UC_MODE_RISCV32",),
    constants="riscv_const",
    stack_pointer="UC_RISCV_REG_SP",
    program_counter="UC_RISCV_REG_PC",
    start_bit=0,
    decoder="riscv",
)


class UnicornRiscv(UnicornBackend):
    """32-bit RISC-V cores with the extensions that the core's architecture names."""

    name = "unicorn (RISC-V)"
    start_up = "start_riscv.c"
    instruction_set = RISCV32

    def target(self, core: Core) -> str:
        """Clang's target triple."""
        return "riscv32-none-elf"

    def flags(self, core: Core) -> tuple[str, ...]:
        """Compiler flags."""
        return (f"-march={core.architecture}", "-mabi=ilp32")
