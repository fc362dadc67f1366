"""A plugin of pytest: what adapters/events.ts reads, one JSON line for every test planned and every test run."""

import json
from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--results", type=Path, required=True, help="file that gets the lines")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Recorder(config.getoption("--results")))


class Recorder:
    def __init__(self, results: Path) -> None:
        self._results = results

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file that can't be read has tests that nobody knows of."""
        if not report.passed:
            self._ran(f"reading {report.nodeid}", report.outcome, hook=True)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        for item in session.items:
            self._write(event="planned", name=item.nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "teardown":
            if report.failed:
                self._ran(f"{report.nodeid} (cleaning up)", "failed", hook=True)
        elif report.when == "call" or not report.passed:
            self._ran(report.nodeid, report.outcome, hook=False)

    def _ran(self, name: str, outcome: str, hook: bool) -> None:
        self._write(event="ran", name=name, outcome=outcome, hook=hook)

    def _write(self, **line: object) -> None:
        with self._results.open("a") as file:
            file.write(json.dumps(line) + "\n")
