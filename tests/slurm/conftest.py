"""One cluster for the whole session. Where CI is set, a test that was skipped is one that failed."""

import os
from pathlib import Path

import pytest

from cluster import ROOT, Cluster, missing_need


@pytest.fixture(scope="session")
def binary() -> Path:
    """The scanner: $ECHOSWEEP, or the release build."""
    path = Path(os.environ.get("ECHOSWEEP") or ROOT / "build" / "release" / "echosweep").resolve()
    if not os.access(path, os.X_OK):
        pytest.fail(f"there is no scanner at {path} (build it, or set ECHOSWEEP)", pytrace=False)
    return path


@pytest.fixture(scope="session")
def cluster():
    reason = missing_need()
    if reason:
        pytest.skip(reason)
    with Cluster() as running:
        yield running
