"""Cortex-M in unicorn: the M0+, M3, M4, M7 and M33."""

from tinypareto.targets.backends.arm import Arm
from tinypareto.targets.backends.unicorn_backend import InstructionSet, UnicornBackend

THUMB = InstructionSet(
    engine="UC_ARCH_ARM",
    modes=("UC_MODE_THUMB", "UC_MODE_MCLASS"),
    constants="arm_const",
    stack_pointer="UC_ARM_REG_SP",
    program_counter="UC_ARM_REG_PC",
    # An odd address starts Thumb code.
    start_bit=1,
    decoder="thumb",
)


class UnicornArm(Arm, UnicornBackend):
    """Cortex-M cores that unicorn has."""

    name = "unicorn (Arm)"
    instruction_set = THUMB
