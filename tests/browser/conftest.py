"""A browser that reaches nothing, and the pages to open in it."""

import os
import pathlib
import shutil
import subprocess

import pytest

CHROMIUM = shutil.which("chromium")
DRIVER = shutil.which("chromedriver")


def _missing() -> str:
    if "BROWSER_NETWORK" not in os.environ:
        return "no network namespace may be made here (run tests/browser/run as root, or allow user namespaces)"
    if not CHROMIUM or not DRIVER:
        return "no Chromium here (make test installs it)"
    try:
        import selenium  # noqa: F401
    except ImportError:
        return "no Selenium here (make test installs it)"
    return ""


def pytest_collection_modifyitems(items):
    if reason := _missing():
        for item in items:
            item.add_marker(pytest.mark.skip(reason=reason))


def pytest_sessionfinish(session):
    """Where CI is set, a skipped test is a failed one."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter.stats.get("skipped") and session.exitstatus == 0:
        session.exitstatus = 1


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                     "--disable-background-networking", "--disable-component-update", "--disable-sync",
                     "--disable-dev-shm-usage", "--window-size=1200,1600",
                     f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    driver.set_script_timeout(60)
    yield driver
    driver.quit()


@pytest.fixture(scope="session")
def make_page(tmp_path_factory):
    """Writes the example page with these arguments to a file; the result is its address."""
    folder = tmp_path_factory.mktemp("pages")

    def make(*arguments: str) -> str:
        path = folder / f"page-{'-'.join(arguments)}.html"
        with path.open("wb") as file:
            subprocess.run([os.environ["EXAMPLE_PAGE"], *arguments], stdout=file, check=True, timeout=60)
        return path.as_uri()

    return make


@pytest.fixture
def screenshot(browser):
    """Leaves a picture of what is shown, where somebody wants to look."""

    def take(name: str):
        if folder := os.environ.get("SCREENSHOTS"):
            pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
            browser.save_screenshot(str(pathlib.Path(folder) / f"{name}.png"))

    return take
