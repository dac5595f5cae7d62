"""The page for people in a real browser: it renders, sorts, filters, and is harmless."""

import json
import os
import subprocess
import time

import pytest


@pytest.fixture
def page(browser, make_page):
    """The example page, freshly loaded."""
    browser.get(make_page())
    return browser


def texts(page, selector: str) -> list[str]:
    return page.execute_script(
        "return [...document.querySelectorAll(arguments[0])].map((element) => element.textContent)", selector)


def column(page, number: int) -> list[str]:
    return texts(page, f"#table tbody td:nth-child({number})")


def click(page, selector: str):
    from selenium.webdriver.common.by import By

    page.find_element(By.CSS_SELECTOR, selector).click()


def type_into_search(page, text: str):
    from selenium.webdriver.common.by import By

    page.find_element(By.ID, "search").send_keys(text)


def header(number: int) -> str:
    return f"#table th:nth-child({number}) button"


class TestRendering:
    def test_everything_is_there(self, page, screenshot):
        screenshot("light")
        assert page.title == "192.0.2.0/24, 198.51.100.0/24"
        assert texts(page, "h2") == ["Map", "Round trips", "By prefix", "Hosts"]
        width = page.execute_script("return document.querySelector('img').naturalWidth")
        assert width > 1000
        assert len(texts(page, "svg rect")) == 14
        assert len(column(page, 1)) == 100
        assert texts(page, "#status") == ["1 to 100 of 512"]

    def test_nothing_is_reported_on_the_console(self, page):
        assert [entry for entry in page.get_log("browser") if "file://" in entry["message"]] == []

    def test_hostile_names_are_text(self, page):
        assert page.title == "192.0.2.0/24, 198.51.100.0/24"
        names = column(page, 2)
        assert "</script><script>document.title='taken'</script>" in names
        assert "<img src=x onerror=\"document.title='taken'\">\ufffd[31m\ufffd" in names

    def test_the_policy_lets_nothing_out(self, page):
        refused = page.execute_async_script(
            "const done = arguments[0];"
            "document.addEventListener('securitypolicyviolation', (event) => done(event.effectiveDirective));"
            "fetch('http://127.0.0.1:1/').catch(() => {});")
        assert refused == "connect-src"

    def test_dark_where_the_reader_wants_it(self, page, screenshot):
        colour = "return getComputedStyle(document.body).backgroundColor"
        light = page.execute_script(colour)
        page.execute_cdp_cmd("Emulation.setEmulatedMedia",
                             {"features": [{"name": "prefers-color-scheme", "value": "dark"}]})
        dark = page.execute_script(colour)
        screenshot("dark")
        page.execute_script("document.getElementById('prefixes').scrollIntoView()")
        screenshot("dark-tables")
        page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
        assert (light, dark) == ("rgb(251, 251, 249)", "rgb(18, 21, 26)")

    def test_a_narrow_window_does_not_scroll_sideways(self, page, screenshot):
        page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                             {"width": 400, "height": 800, "deviceScaleFactor": 1, "mobile": False})
        screenshot("narrow")
        wide = page.execute_script("return document.documentElement.scrollWidth")
        page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        assert wide <= 400

    def test_printed_with_all_rows(self, page):
        page.execute_script("dispatchEvent(new Event('beforeprint'))")
        assert len(column(page, 1)) == 512
        page.execute_script("dispatchEvent(new Event('afterprint'))")
        assert len(column(page, 1)) == 100


class TestSorting:
    def test_addresses_by_number(self, page):
        assert column(page, 1)[:11] == [f"192.0.2.{i}" for i in range(11)]
        click(page, header(1))
        assert column(page, 1)[0] == "198.51.100.255"
        assert page.execute_script("return document.querySelector('#table th').ariaSort") == "descending"

    def test_round_trips_by_length_unknown_ones_last(self, page):
        click(page, header(5))
        up = [float(text) for text in column(page, 5)]
        assert up == sorted(up) and len(set(up)) > 50
        click(page, header(5))
        down = [float(text) for text in column(page, 5)]
        assert down == sorted(down, reverse=True)
        assert texts(page, "#table th[aria-sort]") == ["Round trip (ms)"]

    def test_names_by_their_numbers_empty_ones_last(self, page):
        click(page, header(2))
        names = [name for name in column(page, 2) if name.startswith("host-")]
        assert names[:6] == ["host-0.example", "host-0.example", "host-10.example", "host-10.example",
                             "host-20.example", "host-20.example"]
        assert column(page, 2)[-1] == ""

    def test_states(self, page):
        click(page, header(3))
        click(page, header(3))
        assert set(column(page, 3)) == {"alive"}

    def test_prefixes(self, page):
        first = "#prefixes tbody tr:first-child td:first-child"
        assert texts(page, first) == ["192.0.2.0/24"]
        click(page, "#prefixes th:first-child button")
        assert texts(page, first) == ["198.51.100.0/24"]


class TestFiltering:
    def test_by_text(self, page):
        type_into_search(page, "HOST-20")
        assert column(page, 1) == [f"{net}.{i}" for net in ("192.0.2", "198.51.100") for i in (20, 200)]
        assert texts(page, "#status") == ["1 to 4 of 4"]

    def test_by_what_nothing_has(self, page):
        type_into_search(page, "nowhere")
        assert column(page, 1) == []
        assert texts(page, "#status") == ["No host fits."]

    def test_by_state(self, page, screenshot):
        click(page, "input[value='1']")
        assert set(column(page, 3)) == {"alive", "unreachable"}
        click(page, "input[value='3']")
        assert set(column(page, 3)) == {"unreachable"}
        page.execute_script("document.getElementById('hosts').scrollIntoView()")
        screenshot("filtered")

    def test_pages(self, page):
        click(page, "#next")
        assert texts(page, "#status") == ["101 to 200 of 512"]
        assert column(page, 1)[0] == "192.0.2.100"
        for _ in range(4):
            click(page, "#next")
        assert texts(page, "#status") == ["501 to 512 of 512"]
        assert page.execute_script("return document.getElementById('next').disabled") is True
        click(page, "#previous")
        assert texts(page, "#status") == ["401 to 500 of 512"]


class TestSize:
    def test_a_hundred_thousand_hosts_stay_quick(self, browser, make_page):
        browser.get(make_page("100000"))
        assert texts(browser, "#status") == ["1 to 100 of 100,000"]
        begun = time.monotonic()
        click(browser, header(5))
        type_into_search(browser, "10.1.")
        assert column(browser, 1)
        assert time.monotonic() - begun < 5

    def test_more_are_only_those_alive(self, browser, make_page):
        browser.get(make_page("100001"))
        assert set(column(browser, 3)) == {"alive"}
        assert "100,001 hosts are more than a page can bear" in " ".join(texts(browser, ".note"))


class TestReportOfARun:
    """What `echosweep report --html` makes of a results file."""

    LINES = [
        {"type": "run", "version": "0.1.0", "started": "2023-11-14T22:13:20.000000Z", "command": ["echosweep", "<b>"]},
        {"type": "host", "address": "192.0.2.1", "state": "alive", "reason": "echo-reply", "rtt_us": 1500},
        {"type": "host", "address": "192.0.2.9", "name": "</script><i>nine", "state": "alive", "reason": "echo-reply"},
        {"type": "host", "address": "192.0.2.4", "state": "unreachable", "reason": "host-unreachable"},
        {"type": "range", "prefix": "192.0.2.128/25", "state": "silent", "reason": "no-response", "tries": 2,
         "count": 128},
        {"type": "accounting", "targets": 131, "alive": 2, "unreachable": 1, "silent": 128, "unsent": 0},
    ]

    @pytest.fixture
    def report(self, browser, tmp_path):
        results, page = tmp_path / "run.json", tmp_path / "run.html"
        results.write_text("".join(json.dumps(line) + "\n" for line in self.LINES))
        subprocess.run([os.environ["ECHOSWEEP"], "report", results, "--html", page], check=True, timeout=60)
        browser.get(page.as_uri())
        return browser

    def test_it_shows_the_run(self, report, screenshot):
        screenshot("report")
        assert report.title.endswith("run.json: 2 of 131 alive")
        assert texts(report, "h2") == ["Map", "Round trips", "By prefix", "Hosts"]
        assert column(report, 1) == ["192.0.2.1", "192.0.2.4", "192.0.2.9"]
        assert column(report, 2)[2] == "</script><i>nine"
        assert report.execute_script("return document.querySelector('img').naturalWidth") > 1000

    def test_it_filters(self, report):
        type_into_search(report, "nine")
        assert column(report, 1) == ["192.0.2.9"]
