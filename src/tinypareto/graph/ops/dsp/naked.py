"""Assembly as a C function."""

from textwrap import dedent


def naked(name: str, parameters: tuple[str, ...], assembly: str) -> str:
    """A C function whose body is assembly alone, with its arguments in r0 to r3."""
    lines = [line.strip() for line in dedent(assembly).strip().splitlines()]
    body = "\n".join(f'        "{line}\\n"' for line in lines)
    unused = ",\n    ".join(f"__attribute__((unused)) {parameter}" for parameter in parameters)
    return (
        f"__attribute__((naked, noinline)) static void {name}(\n    {unused})\n{{\n"
        f"    __asm__ volatile(\n{body});\n}}\n"
    )
