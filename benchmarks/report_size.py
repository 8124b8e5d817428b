"""How large a report of many trials is, and how long it takes to make, open and use.

    PYTHONPATH=tests/report python benchmarks/report_size.py [FOLDER]

Rewrites benchmarks/results/report_size.md. Networks, sizes and memory plans are real, accuracies
are made up (tests/report/made_folder.py); folders that are in FOLDER already are used again. The
browser is headless Chromium on the same machine; times are of this machine and of its load.
"""

import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from browser import open_chrome
from made_folder import make_folder
from selenium.webdriver.support.wait import WebDriverWait

from tinypareto.report import write_report

RESULT = Path(__file__).parent / "results" / "report_size.md"
CASES = (("dscnn", 100), ("dscnn", 2000), ("mobilenetv3", 2000))
CLASSES = tuple(f"class {number}" for number in range(10))
OPENED = "return document.body.dataset.ready === 'yes'"
NOW = "return performance.now()"
FILTERED = """
const start = performance.now();
const bound = document.getElementById('bound-rom_bytes');
bound.value = 1;
bound.dispatchEvent(new Event('input', {bubbles: true}));
return performance.now() - start;
"""
CLICKED = """
const done = arguments[0], start = performance.now(), panel = document.getElementById('panel');
const row = [...document.querySelectorAll('#front tbody tr')]
  .find((one) => one.dataset.trial !== panel.dataset.trial);
new MutationObserver(() => done(performance.now() - start))
  .observe(panel, {attributes: true, attributeFilter: ['data-trial']});
row.click();
"""


def row(place: Path, net: str, trials: int) -> str:
    """One report."""
    folder = place / f"{net}-{trials}"
    if not (folder / "front.json").is_file():
        make_folder(folder, trials, net=net, net_options={}, classes=CLASSES, allowed=1.0)
    start = time.process_time()
    file = write_report(folder)
    made = time.process_time() - start
    with tempfile.TemporaryDirectory() as profile, open_chrome(Path(profile)) as chrome:
        chrome.set_window_size(1280, 900)
        chrome.get(file.as_uri())
        WebDriverWait(chrome, 120, poll_frequency=0.02).until(lambda c: c.execute_script(OPENED))
        opened = chrome.execute_script(NOW)
        filtered = chrome.execute_script(FILTERED)
        clicked = chrome.execute_async_script(CLICKED)
    cells = (
        net,
        str(trials),
        f"{file.stat().st_size / 1e6:.1f} MB",
        f"{made:.1f} s",
        f"{opened / 1000:.1f} s",
        f"{filtered:.0f} ms",
        f"{clicked:.0f} ms",
    )
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Measure and write the table."""
    place = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp())
    versions = ", ".join(f"{name} {version(name)}" for name in ("tinypareto", "plotly", "optuna"))
    text = [
        "# Report",
        "",
        f"`PYTHONPATH=tests/report python benchmarks/report_size.py`; {versions}",
        "",
        "Default networks on 2 x 24 series of 10 classes; nine of ten trials trained. "
        "*Made*: CPU time of writing the file. *Opened*: wall time until everything is "
        "drawn. *Filtered*, *clicked*: until all views are drawn again, until the "
        "panel of another trial stands.",
        "",
        "| net | trials | size | made | opened | filtered | clicked |",
        "|---|---|---|---|---|---|---|",
    ]
    for net, trials in CASES:
        text.append(row(place, net, trials))
        RESULT.write_text("\n".join([*text, ""]))


if __name__ == "__main__":
    main()
