"""Fuzzing with coverage: `pip install atheris`, then

    python tests/fuzz/fuzz.py ts -max_total_time=60

Arguments after the reader's name are libFuzzer's. What it finds belongs into test_readers.py.
"""

import sys

import atheris

with atheris.instrument_imports(include=["tinypareto"]):
    from readers import READERS, SEEDS


def main(name: str, arguments: list[str]) -> None:
    """Fuzz one reader from its seed."""
    reader, seed = READERS[name], SEEDS[name]

    def one(content: bytes) -> None:
        # The first byte says how much of the seed stays in front.
        keep = content[0] * len(seed) // 255 if content else 0
        reader(seed[:keep] + content[1:])

    atheris.Setup([sys.argv[0], *arguments], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
