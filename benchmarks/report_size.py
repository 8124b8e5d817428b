"""How large a report of many trials is, and how long it takes to make, open and use.

    PYTHONPATH=tests/report python benchmarks/report_size.py

Rewrites benchmarks/results/report_size.md. Networks, sizes and memory plans are real, accuracies
are made up (tests/report/made_folder.py). The browser is headless Chromium on the same machine.
"""

import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from browser import open_chrome
from made_folder import make_search
from selenium.webdriver import Chrome
from selenium.webdriver.support.wait import WebDriverWait

from tinypareto.report import write_report

RESULT = Path(__file__).parent / "results" / "report_size.md"
CASES = (("dscnn", 100), ("dscnn", 2000))
CLASSES = tuple(f"class {number}" for number in range(10))
OPENED = "return document.body.dataset.ready === 'yes'"
FILTERED = """
const bound = document.getElementById('bound-rom_bytes');
bound.value = 1;
bound.dispatchEvent(new Event('input', {bubbles: true}));
"""
CLICKED = """
const done = arguments[0], panel = document.getElementById('panel');
const row = [...document.querySelectorAll('#front tbody tr')]
  .find((one) => one.dataset.trial !== panel.dataset.trial);
new MutationObserver(() => done())
  .observe(panel, {attributes: true, attributeFilter: ['data-trial']});
row.click();
"""


def busy(chrome: Chrome) -> float:
    """CPU seconds of the page's thread so far."""
    told = chrome.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
    return next(float(one["value"]) for one in told if one["name"] == "ThreadTime")


def row(place: Path, net: str, trials: int) -> str:
    """One report."""
    folder = place / f"{net}-{trials}"
    _, storage = make_search(folder, trials, net=net, net_options={}, classes=CLASSES, allowed=1.0)
    start = time.process_time()
    file = write_report(folder, storage=storage)
    made = time.process_time() - start
    with tempfile.TemporaryDirectory() as profile, open_chrome(Path(profile)) as chrome:
        chrome.set_window_size(1280, 900)
        chrome.execute_cdp_cmd("Performance.enable", {})
        chrome.get(file.as_uri())
        WebDriverWait(chrome, 300).until(lambda c: c.execute_script(OPENED))
        opened = busy(chrome)
        chrome.execute_script(FILTERED)
        filtered = busy(chrome)
        chrome.execute_async_script(CLICKED)
        clicked = busy(chrome)
    cells = (
        net,
        str(trials),
        f"{file.stat().st_size / 1e6:.1f} MB",
        f"{made:.1f} s",
        f"{opened:.2f} s",
        f"{filtered - opened:.2f} s",
        f"{clicked - filtered:.2f} s",
    )
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Measure and write the table."""
    versions = ", ".join(f"{name} {version(name)}" for name in ("tinypareto", "plotly", "optuna"))
    text = [
        "# Report",
        "",
        f"`PYTHONPATH=tests/report python benchmarks/report_size.py`; {versions}",
        "",
        "Default networks on 2 x 24 series of 10 classes; nine of ten trials trained. CPU time: of "
        "writing the file (*made*), and of the page's thread in headless Chromium until everything "
        "is drawn (*opened*), until all views are drawn again for a bound on ROM (*filtered*), and "
        "until another trial's panel stands (*clicked*).",
        "",
        "| net | trials | size | made | opened | filtered | clicked |",
        "|---|---|---|---|---|---|---|",
    ]
    for net, trials in CASES:
        with tempfile.TemporaryDirectory() as place:
            text.append(row(Path(place), net, trials))
        RESULT.write_text("\n".join([*text, ""]))


if __name__ == "__main__":
    main()
