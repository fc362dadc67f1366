"""Many requests at once, with a model whose pace the tests decide."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from tempfile import TemporaryDirectory

import pandas as pd
import pytest
from prometheus_client import CollectorRegistry, Gauge

import model
from model import EXAMPLE, Answer, Batches, Loaded, NotLoaded, Overloaded, Row, ServedModel


class Echo:
    """Answers with the sepal's length, once it may."""

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.asked = threading.Event()
        self.may_answer = threading.Event()

    def predict(self, rows: pd.DataFrame) -> list[float]:
        self.asked.set()
        self.may_answer.wait()
        self.batches.append(len(rows))
        if 13 in rows["sepal_length"].to_list():
            raise ValueError("13 is too much")
        return [float(each) for each in rows["sepal_length"]]


def loaded(echo: Echo, version: str) -> Loaded:
    return Loaded(echo, version, TemporaryDirectory())  # type: ignore[arg-type]


class Desk:
    """Batches in front of an Echo that is busy with a first flower, of length 1."""

    def __init__(self) -> None:
        self.echo = Echo()
        self.served = ServedModel("models:/iris/1", refresh_seconds=1)
        self.served.current = loaded(self.echo, "1")
        self.registry = CollectorRegistry()
        self.batches = Batches(self.served, Gauge("waiting", "", registry=self.registry))

    async def ask(self, *lengths: float) -> list[asyncio.Task[Answer]]:
        tasks = [asyncio.create_task(self.batches.predict({**EXAMPLE, "sepal_length": each})) for each in lengths]
        await asyncio.sleep(0)
        return tasks

    async def busy(self) -> asyncio.Task[Answer]:
        (first,) = await self.ask(1)
        await asyncio.to_thread(self.echo.asked.wait)
        return first

    def waiting(self) -> float | None:
        return self.registry.get_sample_value("waiting")


def at_the_desk(scenario: Callable[[Desk], Awaitable[None]]) -> Callable[[], None]:
    def test() -> None:
        desk = Desk()

        async def play() -> None:
            try:
                await scenario(desk)
            finally:
                desk.echo.may_answer.set()

        asyncio.run(asyncio.wait_for(play(), 60))

    return test


@at_the_desk
async def test_questions_gather_while_the_model_is_busy_and_each_gets_its_own_answer(desk: Desk) -> None:
    first = await desk.busy()
    others = await desk.ask(*range(14, 114))
    assert desk.waiting() == 100
    desk.echo.may_answer.set()

    assert await first == Answer("1.0", "1")
    assert [answer.species for answer in await asyncio.gather(*others)] == [f"{each}.0" for each in range(14, 114)]
    assert desk.echo.batches == [1, 100]
    assert desk.waiting() == 0


@at_the_desk
async def test_a_batch_has_a_limit(desk: Desk) -> None:
    first = await desk.busy()
    others = await desk.ask(*[2.0] * (model.LARGEST_BATCH + 1))
    desk.echo.may_answer.set()

    await asyncio.gather(first, *others)
    assert desk.echo.batches == [1, model.LARGEST_BATCH, 1]


@at_the_desk
async def test_whoever_would_wait_too_long_is_told_at_once(desk: Desk) -> None:
    await desk.busy()
    accepted = await desk.ask(*[2.0] * model.MOST_WAITING)

    with pytest.raises(Overloaded):
        await desk.batches.predict(EXAMPLE)

    desk.echo.may_answer.set()
    await asyncio.gather(*accepted)
    assert (await desk.batches.predict(EXAMPLE)).species == "5.1"


@at_the_desk
async def test_a_failure_of_the_model_is_its_batch_s_alone(desk: Desk) -> None:
    await desk.busy()
    failing = await desk.ask(13)
    desk.echo.may_answer.set()

    with pytest.raises(ValueError, match="13 is too much"):
        await failing[0]
    assert (await desk.batches.predict(EXAMPLE)).species == "5.1"


@at_the_desk
async def test_who_hangs_up_takes_nobody_along(desk: Desk) -> None:
    first = await desk.busy()
    gone, stays = await desk.ask(2, 3)
    gone.cancel()
    first.cancel()
    await asyncio.sleep(0)
    desk.echo.may_answer.set()

    assert (await stays).species == "3.0"
    assert desk.echo.batches == [1, 1]


@at_the_desk
async def test_the_model_is_not_asked_when_everybody_hung_up(desk: Desk) -> None:
    first = await desk.busy()
    (gone,) = await desk.ask(2)
    gone.cancel()
    await asyncio.sleep(0)
    desk.echo.may_answer.set()

    await first
    assert (await desk.batches.predict(EXAMPLE)).species == "5.1"
    assert desk.echo.batches == [1, 1]


@at_the_desk
async def test_what_waits_is_answered_by_the_model_that_took_over(desk: Desk) -> None:
    first = await desk.busy()
    (second,) = await desk.ask(2)
    desk.served.current = loaded(desk.echo, "2")
    desk.echo.may_answer.set()

    assert [(await first).version, (await second).version] == ["1", "2"]


@at_the_desk
async def test_without_a_model_nobody_waits(desk: Desk) -> None:
    desk.served.current = None
    flower: Row = EXAMPLE
    with pytest.raises(NotLoaded):
        await desk.batches.predict(flower)
