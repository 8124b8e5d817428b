"""The page in headless Chromium, as a person uses it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import CHROMIUM, DRIVER, MISSING, open_chrome
from made_folder import EVIL
from selenium.webdriver import ActionChains, Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait

from tinypareto.report import write_report
from tinypareto.results.front import Front

PATIENCE = 60
"""Seconds; a page takes one on an idle machine."""

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not (CHROMIUM and DRIVER), reason=MISSING),
]


@pytest.fixture(scope="module")
def chrome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    with open_chrome(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


class Page:
    """An opened report."""

    def __init__(self, chrome: Chrome, file: Path, width: int = 1280) -> None:
        self.chrome = chrome
        chrome.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False},
        )
        chrome.get("about:blank")
        chrome.get(file.as_uri())
        self.wait("document.body.dataset.ready === 'yes'")

    def run(self, script: str) -> Any:
        return self.chrome.execute_script(script)

    def wait(self, condition: str) -> None:
        WebDriverWait(self.chrome, PATIENCE).until(lambda _: self.run(f"return {condition}"))

    def click_point(self, plot: str, trace: str) -> None:
        """Click the first point of a trace with the mouse."""
        point = self.run(
            f"const traces = [...document.querySelectorAll('#{plot} .scatterlayer .trace')];"
            f"const trace = traces.find((t) => t.__data__[0].trace.name === '{trace}');"
            f"document.getElementById('{plot}').scrollIntoView({{block: 'center'}});"
            "return trace.querySelector('.points path')"
        )
        ActionChains(self.chrome).move_to_element(point).pause(0.2).click().perform()

    def open(self, number: int) -> None:
        """Load the page again, at a trial."""
        self.chrome.get(self.chrome.current_url.partition("#")[0] + f"#trial={number}")
        self.chrome.refresh()
        self.wait(f"document.getElementById('panel').dataset.trial === '{number}'")
        self.wait("document.body.dataset.ready === 'yes'")

    def errors(self) -> list[str]:
        """What the browser's log holds since the last call."""
        log: list[dict[str, str]] = self.chrome.execute("getLog", {"type": "browser"})["value"]
        return [entry["message"] for entry in log]

    def trial(self) -> int:
        return int(self.run("return document.getElementById('panel').dataset.trial"))

    def points(self, plot: str, trace: str) -> list[int]:
        """Trials that a trace shows."""
        numbers: list[int] = self.run(
            f"return document.getElementById('{plot}').data"
            f".find((t) => t.name === '{trace}').customdata.filter((n) => n !== null)"
        )
        return sorted(set(numbers))


@pytest.fixture(scope="module")
def file(made_front: Front, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(made_front.folder, tmp_path_factory.mktemp("shown") / "report.html")


@pytest.fixture(scope="module")
def page(chrome: Chrome, file: Path) -> Page:
    return Page(chrome, file)


def test_it_loads_without_errors_from_one_file(page: Page, made_front: Front) -> None:
    assert page.errors() == []
    assert page.run("return performance.getEntriesByType('resource').length") == 0
    assert page.trial() == made_front.recommended
    plots = page.run("return [...document.querySelectorAll('.js-plotly-plot')].map((p) => p.id)")
    views = {"scatter0", "scatter1", "parallel", "volume", "importance"}
    assert set(plots) == views | {"memory", "training", "confusion"}


def test_hostile_names_are_shown_and_do_nothing(page: Page) -> None:
    assert page.run("return window.pwned") is None
    assert page.run("return document.querySelectorAll('img, b').length") == 0
    assert EVIL.split("\u2028")[0].strip() in page.run(
        "return document.querySelector('h1').innerText"
    )
    row = page.run("return document.querySelector('#confusion .ytick:nth-of-type(2)').textContent")
    assert row.startswith("</script><img")


def test_every_trial_is_shown_by_its_status(page: Page, made_front: Front) -> None:
    front_numbers = {point.number for point in made_front.points}
    for plot in ("scatter0", "parallel"):
        assert set(page.points(plot, "front")) | {made_front.knee} == front_numbers
        assert page.points(plot, "knee") == [made_front.knee]
        assert page.points(plot, "infeasible")
        assert page.points(plot, "dominated")


def test_a_click_opens_a_trial_everywhere(page: Page, made_front: Front) -> None:
    other = next(point for point in made_front.points if point.number != made_front.knee)
    page.chrome.find_element(By.CSS_SELECTOR, f"#front tr[data-trial='{other.number}']").click()
    page.wait(f"document.getElementById('panel').dataset.trial === '{other.number}'")
    heading = page.run("return document.getElementById('opened').textContent")
    assert heading.startswith(f"Trial {other.number} ")
    assert page.points("parallel", "selected") == [other.number]
    macs = page.run("return document.querySelector('#layers tfoot td:nth-child(4)').textContent")
    assert 2 * int(macs.replace(",", "")) == other.flops
    page.click_point("scatter0", "knee")
    page.wait(f"document.getElementById('panel').dataset.trial === '{made_front.knee}'")
    assert page.points("parallel", "selected") == [made_front.knee]
    assert page.run("return location.hash") == f"#trial={made_front.knee}"


def test_a_trial_that_was_never_trained_opens_too(page: Page) -> None:
    (number, *_) = page.points("parallel", "infeasible")
    page.open(number)
    text = page.run("return document.getElementById('panel').textContent")
    assert "never trained: it breaks a limit" in text
    assert page.run("return document.getElementById('memory') !== null")


def test_instructions_stand_where_they_were_measured(page: Page, made_front: Front) -> None:
    assert "instr." not in page.run("return document.getElementById('layers').textContent")
    (weights,) = made_front.folder.glob("trials/*/model.safetensors")
    page.open(int(weights.parent.name))
    head = page.run("return document.querySelector('#layers thead').textContent")
    assert head.endswith("instr.")
    cells = page.run(
        "return [...document.querySelectorAll('#layers tr > :last-child')]"
        ".map((cell) => cell.textContent)"
    )
    count = len(cells) - 2
    assert cells[-1] == f"{sum(range(1, count + 2)):,}"
    assert [int(cell.replace(",", "")) for cell in cells[1:-1]] == list(range(1, count + 1))


def test_the_filter_mutes_what_does_not_fit(page: Page, made_front: Front) -> None:
    bound = sorted(point.rom_bytes for point in made_front.points)[len(made_front.points) // 2]
    entry = page.chrome.find_element(By.ID, "bound-rom_bytes")
    entry.send_keys(str(bound / 1000))
    fitting = {point.number for point in made_front.points if point.rom_bytes <= bound}
    for plot in ("scatter0", "scatter1", "parallel"):
        shown = {*page.points(plot, "front"), *page.points(plot, "knee")}
        assert shown == fitting
    dimmed = page.run(
        "return [...document.querySelectorAll('#front .unfit')].map((r) => Number(r.dataset.trial))"
    )
    assert set(dimmed) == {point.number for point in made_front.points} - fitting
    assert f"{len(fitting)} of them in the front" in page.run(
        "return document.getElementById('fits').textContent"
    )
    page.chrome.find_element(By.CSS_SELECTOR, "#filter button[type=reset]").click()
    page.wait("document.querySelectorAll('#front .unfit').length === 0")


def test_a_board_fills_in_its_sizes(page: Page) -> None:
    Select(page.chrome.find_element(By.ID, "board")).select_by_value("nrf52840-dk")
    values = [
        page.run(f"return document.getElementById('bound-{key}').value")
        for key in ("rom_bytes", "ram_bytes", "flops")
    ]
    assert values == ["1048.576", "262.144", ""]


def test_axes_are_chosen(page: Page) -> None:
    Select(page.chrome.find_element(By.ID, "y0")).select_by_visible_text("FLOPs")
    title = page.run("return document.getElementById('scatter0').layout.yaxis.title.text")
    assert title == "FLOPs (K)"


@pytest.mark.parametrize("width", [1280, 800])
def test_nothing_overlaps_at_any_width(
    width: int, chrome: Chrome, file: Path, tmp_path: Path
) -> None:
    page = Page(chrome, file, width)
    assert page.run("return document.documentElement.scrollWidth") <= width
    boxes = page.run(
        "return [...document.querySelectorAll('.card')].map((card) => card.getBoundingClientRect())"
        ".map((box) => [box.left, box.top, box.right, box.bottom])"
    )
    for at, (left, top, right, bottom) in enumerate(boxes):
        for other_left, other_top, other_right, other_bottom in boxes[at + 1 :]:
            beside = right <= other_left or other_right <= left
            assert beside or bottom <= other_top or other_bottom <= top
    inner = page.run(
        "return [...document.querySelectorAll('.plot')]"
        ".map((plot) => [plot.scrollHeight - plot.clientHeight, plot.clientWidth])"
    )
    assert all(excess <= 1 and size > 250 for excess, size in inner)
    picture = tmp_path / f"report-{width}.png"
    assert chrome.save_screenshot(str(picture))
    assert picture.stat().st_size > 20_000
