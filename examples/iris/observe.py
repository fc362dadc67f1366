"""What is to be seen of serve.py from outside: metrics in Prometheus' text format, logs of one JSON object a line."""

import json
import logging
import sys
import time
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any

import prometheus_client
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

access = logging.getLogger("access")

# Requests of the cluster itself, every few seconds: counted, but not worth a line each.
QUIET = {"/health", "/ready", "/metrics"}
# Whatever else a client makes up is one time series, not one each.
PATHS = {"/predict", "/openapi.json"} | QUIET
METHODS = {"GET", "HEAD", "POST", "OPTIONS"}
OTHER = "other"

prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]


class Metrics:
    CONTENT_TYPE = prometheus_client.CONTENT_TYPE_PLAIN_0_0_4

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.requests = Counter(
            "http_requests_total", "Requests answered.", ["method", "path", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "http_request_duration_seconds",
            "Time from a request's first byte to the end of its answer.",
            ["method", "path"],
            # Objectives of latency name one of these, so that Prometheus can count who met it.
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
            registry=self.registry,
        )
        self.predictions = Counter("predictions_total", "Predictions made.", ["class"], registry=self.registry)
        self.waiting = Gauge("predictions_waiting", "Requests that wait for the model.", registry=self.registry)

    def text(self) -> bytes:
        return generate_latest(self.registry)


class Observed:
    """Middleware that counts, times and logs every request, answered or not. It never looks at headers or bodies."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watch)
        finally:
            self._record(scope, status, time.perf_counter() - started)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in METHODS else OTHER
        path = scope["path"] if scope["path"] in PATHS else OTHER
        self._metrics.requests.labels(method, path, status).inc()
        self._metrics.seconds.labels(method, path).observe(seconds)
        if path not in QUIET:
            fields = {"method": method, "path": path, "status": status, "ms": round(1000 * seconds, 2)}
            access.info("%s %s %d", method, path, status, extra={"fields": fields})


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: MutableMapping[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


def log_as_json(level: int) -> None:
    """Everything that logs, also the libraries that brought a handler of their own."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in list(logging.root.manager.loggerDict):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    logging.captureWarnings(True)
