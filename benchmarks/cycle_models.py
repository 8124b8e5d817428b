"""Cycles of one program on other cores against a Cortex-M4, from published MLPerf Tiny results.

Run: python -m benchmarks.cycle_models PATH > benchmarks/results/cycle_models.md

PATH is your copy of github.com/mlcommons/tiny_results_v1.1. A submitter runs the same software on
several boards: clock times latency, divided by the same on NUCLEO-L4R5ZI (Cortex-M4, 120 MHz), says
what a core does with the kernels of neural networks. `targets/cores.py` takes its scales from here.
"""

import argparse
import re
from pathlib import Path

import numpy as np

from tinypareto.targets.cores import core

NETWORKS = {"ic": "ResNet8", "kws": "DS-CNN", "vww": "MobileNetV1"}
REFERENCE_MHZ = 120
SUBMITTERS = {
    "plumerai": "plumerai/results/NUCLEO-L4R5ZI",
    "bosch": "bosch/results/NUCLEO_L4R5ZI",
    "STMicroelectronics": "STMicroelectronics/results/NUCLEO_L4R5ZI",
    "Krai": "Krai/results/NUCLEO-L4R5ZI_MICROTVM-CMSIS-NN",
}
OTHERS = (
    ("cortex-m7", "plumerai", "plumerai/results/DISCO-F746NG", 216),
    ("cortex-m7", "bosch", "bosch/results/DISCO_F746NG", 216),
    ("cortex-m7", "plumerai", "plumerai/results/NUCLEO-H7A3ZI-Q", 280),
    ("cortex-m7", "bosch", "bosch/results/NUCLEO_H7A3ZI", 280),
    ("cortex-m7", "STMicroelectronics", "STMicroelectronics/results/NUCLEO_H7A3ZI_Q", 280),
    ("cortex-m33", "plumerai", "plumerai/results/NUCLEO-U575ZI-Q", 160),
    ("cortex-m33", "bosch", "bosch/results/NUCLEO_U575ZI", 160),
    ("cortex-m33", "STMicroelectronics", "STMicroelectronics/results/NUCLEO_U575ZI_Q", 160),
    ("cortex-m33", "Krai", "Krai/results/NRF5340-DK_MICROTVM-CMSIS-NN", 128),
    ("cortex-m0plus", "bosch", "bosch/results/NUCLEO_G0B1RE", 64),
)


def megacycles(results: Path, system: str, network: str, mhz: int) -> float:
    """Read the megacycles of one inference."""
    text = (results / "closed" / system / network / "performance" / "results.txt").read_text(
        "utf-8", "replace"
    )
    rates = re.findall(r"Median throughput is\s+([\d.]+)", text)
    rates = rates or re.findall(r"Throughput\s*:\s*([\d.]+)", text)
    return mhz / float(rates[-1])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path, help="a copy of mlcommons/tiny_results_v1.1")
    results = parser.parse_args().results
    print("# Cycles against a Cortex-M4, from MLPerf Tiny v1.1 (closed division)\n")
    print("Command: python -m benchmarks.cycle_models PATH > benchmarks/results/cycle_models.md\n")
    print(f"| core | submitter, system | MHz | {' | '.join(NETWORKS.values())} |")
    print("|" + "---|" * (3 + len(NETWORKS)))
    found: dict[str, list[float]] = {}
    for name, submitter, system, mhz in OTHERS:
        reference = SUBMITTERS[submitter]
        shares = [
            megacycles(results, system, network, mhz)
            / megacycles(results, reference, network, REFERENCE_MHZ)
            for network in NETWORKS
        ]
        found.setdefault(name, []).extend(shares)
        where = f"{submitter}, {Path(system).name}"
        print(f"| {name} | {where} | {mhz} | {' | '.join(f'{s:.2f}' for s in shares)} |")
    print("\n| core | geometric mean | least | most | scale in use |")
    print("|---|---|---|---|---|")
    for name, all_shares in found.items():
        mean = np.exp(np.mean(np.log(all_shares)))
        timing = core(name).timing
        scale = (
            "its own table" if name == "cortex-m0plus" else f"{timing.scale:.2f}" if timing else ""
        )
        print(f"| {name} | {mean:.2f} | {min(all_shares):.2f} | {max(all_shares):.2f} | {scale} |")
    print(
        "\nThe anomaly detector is left out: it is fully connected, and waits for the flash. The "
        "Cortex-M0+ has no DSP extension, so other instructions run there; its row only says what "
        "is usual."
    )


if __name__ == "__main__":
    main()
