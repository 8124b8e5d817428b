"""Compiling for Arm's Cortex-M cores."""

from tinypareto.targets.backend import Backend, Core


class Arm(Backend):
    """The compiler's side of every backend for Cortex-M."""

    start_up = "start_arm.c"
    gcc = "arm-none-eabi-gcc"

    def target(self, core: Core) -> str:
        """Clang's target triple, such as `thumbv7em-none-eabi`."""
        return f"thumb{core.architecture}-none-eabi{'hf' if _has_vectors(core) else ''}"

    def flags(self, core: Core) -> tuple[str, ...]:
        """Compiler flags that clang and gcc share."""
        abi = "hard" if _has_vectors(core) else "soft"
        return (f"-mcpu={core.name}", "-mthumb", f"-mfloat-abi={abi}")


def _has_vectors(core: Core) -> bool:
    """Whether the core may have MVE, whose registers only the hard-float ABI may use."""
    return core.architecture.startswith("v8.1m")
