"""The model that serve.py answers with: loaded in the background, replaced by a newer one, asked in batches."""

import asyncio
import logging
import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import cast

import pandas as pd
from mlflow import MlflowClient
from mlflow.pyfunc import PyFuncModel, load_model
from prometheus_client import Gauge

log = logging.getLogger("model")

# Measures of one flower, by column.
Row = dict[str, float]

# Every model is asked for this one before it is put to use: one that can't answer never replaces one that can.
EXAMPLE: Row = {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}

LARGEST_BATCH = 256
# Some seconds of work: whoever waits longer has given up.
MOST_WAITING = 2000


@dataclass(frozen=True)
class Loaded:
    model: PyFuncModel
    version: str
    # Some models read their files later, too. They go when this does.
    files: TemporaryDirectory[str]

    def predict(self, rows: list[Row]) -> list[str]:
        answers = cast(Iterable[object], self.model.predict(pd.DataFrame(rows)))
        return [str(answer) for answer in answers]


class ServedModel:
    """`current` is None until the model is loaded. A thread tries until it is; then, if the URI names an alias, it
    looks for a version that took the alias over. Where that fails, the one that is loaded stays."""

    def __init__(self, uri: str, refresh_seconds: float) -> None:
        self.current: Loaded | None = None
        self._uri = uri
        self._alias = re.fullmatch("models:/([^/@]+)@([^/@]+)", uri)
        self._refresh_seconds = refresh_seconds
        self._stopped = threading.Event()
        # A daemon: a server that is down for minutes must not hold up the end of this process.
        self._thread = threading.Thread(target=self._keep_loaded, name="model", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()

    def _keep_loaded(self) -> None:
        pause = 1.0
        while True:
            try:
                self._load_if_new()
            except Exception:  # Whatever it is, the next attempt may succeed, and readiness shows that none has.
                log.exception("%s could not be loaded; trying again", self._uri)
            if self.current is None:
                pause = min(2 * pause, 30)
            elif self._alias is None:
                return
            else:
                pause = self._refresh_seconds
            if self._stopped.wait(pause):
                return

    def _load_if_new(self) -> None:
        uri = version = self._uri
        if self._alias is not None:
            name, alias = self._alias.groups()
            version = str(MlflowClient().get_model_version_by_alias(name, alias).version)
            uri = f"models:/{name}/{version}"
        if self.current is not None and self.current.version == version:
            return
        files = TemporaryDirectory(prefix="model-", ignore_cleanup_errors=True)
        loaded = Loaded(load_model(uri, dst_path=files.name), version, files)
        loaded.predict([EXAMPLE])
        self.current = loaded
        log.info("serving %s", uri)


class NotLoaded(Exception):
    pass


class Overloaded(Exception):
    pass


@dataclass(frozen=True)
class Answer:
    species: str
    version: str


@dataclass(frozen=True)
class Question:
    row: Row
    answer: asyncio.Future[Answer]


class Batches:
    """While the model is busy, questions gather and are answered together: many take it hardly longer than one."""

    def __init__(self, model: ServedModel, waiting: Gauge) -> None:
        self._model = model
        self._waiting: list[Question] = []
        self._worker: asyncio.Task[None] | None = None
        waiting.set_function(lambda: len(self._waiting))

    async def predict(self, row: Row) -> Answer:
        if self._model.current is None:
            raise NotLoaded
        if len(self._waiting) >= MOST_WAITING:
            raise Overloaded
        question = Question(row, asyncio.get_running_loop().create_future())
        self._waiting.append(question)
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._answer_all(self._model.current))
        return await question.answer

    async def _answer_all(self, loaded: Loaded) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:LARGEST_BATCH], self._waiting[LARGEST_BATCH:]
            loaded = self._model.current or loaded
            # Who has hung up in the meantime cancelled the question.
            batch = [question for question in batch if not question.answer.done()]
            if not batch:
                continue
            try:
                species = await asyncio.to_thread(loaded.predict, [question.row for question in batch])
                for question, each in list(zip(batch, species, strict=True)):
                    if not question.answer.done():
                        question.answer.set_result(Answer(each, loaded.version))
            except Exception as error:
                for question in batch:
                    if not question.answer.done():
                        question.answer.set_exception(error)
