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
            self._ran(report, f"reading {report.nodeid}", hook=True)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        for item in session.items:
            self._write(event="planned", name=item.nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "teardown":
            if report.failed:
                self._ran(report, f"{report.nodeid} (cleaning up)", hook=True)
        elif report.when == "call" or not report.passed:
            self._ran(report, report.nodeid, hook=False)

    def _ran(self, report: pytest.CollectReport | pytest.TestReport, name: str, hook: bool) -> None:
        why = {"reason": report.longreprtext} if report.failed else {}
        self._write(event="ran", name=name, outcome=report.outcome, hook=hook, **why)

    def _write(self, **line: object) -> None:
        with self._results.open("a") as file:
            file.write(json.dumps(line) + "\n")
