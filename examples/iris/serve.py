"""Answers predictions of an MLflow model over HTTP: /predict, and /health, /ready and /metrics for the cluster.

Environment:
  MODEL_URI      models:/iris@champion (a newer champion is picked up by itself), models:/iris/3, or a folder
  API_KEYS       the keys that are valid, comma-separated; clients send one as X-API-Key
  CORS_ORIGINS   origins whose pages may call this, comma-separated (default: none)
  PORT           where it listens (default: 8000)
  MODEL_REFRESH  seconds between two looks for a newer champion (default: 30)
and MLFLOW_TRACKING_URI, _USERNAME and _PASSWORD as for any client of MLflow, unless MODEL_URI is a folder.
"""

import hashlib
import hmac
import logging
import os
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any

import uvicorn
from fastapi import APIRouter, FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field

from model import Batches, NotLoaded, Overloaded, ServedModel
from observe import Metrics, Observed, log_as_json

Centimetres = Annotated[float, Field(gt=0, le=30, allow_inf_nan=False)]


class Flower(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    sepal_length: Centimetres
    sepal_width: Centimetres
    petal_length: Centimetres
    petal_width: Centimetres


class Prediction(BaseModel):
    species: str
    version: str


@dataclass(frozen=True)
class Settings:
    model_uri: str
    api_keys: tuple[str, ...]
    cors_origins: tuple[str, ...] = ()
    port: int = 8000
    refresh_seconds: float = 30

    @staticmethod
    def from_environment() -> "Settings":
        settings = Settings(
            model_uri=os.environ.get("MODEL_URI", ""),
            api_keys=_list("API_KEYS"),
            cors_origins=_list("CORS_ORIGINS"),
            port=int(_number("PORT", 8000)),
            refresh_seconds=_number("MODEL_REFRESH", 30),
        )
        if not settings.model_uri:
            raise SystemExit("MODEL_URI is not set: name a model, such as models:/iris@champion, or a folder.")
        if not settings.api_keys:
            raise SystemExit("API_KEYS is not set: give one key or more, comma-separated. Nothing is served without.")
        return settings


def _list(variable: str) -> tuple[str, ...]:
    return tuple(entry.strip() for entry in os.environ.get(variable, "").split(",") if entry.strip())


def _number(variable: str, default: float) -> float:
    text = os.environ.get(variable) or str(default)
    try:
        return float(text)
    except ValueError:
        raise SystemExit(f"{variable} is {text!r}, which is not a number.") from None


class Keys:
    """The keys that are valid. Hashed, so that comparing takes the same time whatever is sent, its length included."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        self._digests = [_digest(key) for key in keys]

    def include(self, key: str) -> bool:
        given = _digest(key)
        # A list, not a generator: every key is compared, also after one that matches.
        return any([hmac.compare_digest(given, digest) for digest in self._digests])


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def create_app(settings: Settings) -> FastAPI:
    metrics = Metrics()
    model = ServedModel(settings.model_uri, settings.refresh_seconds)
    batches = Batches(model, metrics.waiting)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        model.start()
        yield
        model.stop()

    # No pages of documentation: they would fetch scripts from elsewhere. /openapi.json describes the API.
    app = FastAPI(title="iris", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=settings.cors_origins,
        allow_methods=["GET", "POST"],
        allow_headers=["X-API-Key"],
    )
    app.add_middleware(Observed, metrics=metrics)
    app.add_exception_handler(RequestValidationError, explain)

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/ready")
    async def ready() -> dict[str, str]:
        if model.current is None:
            raise not_loaded()
        return {"status": "ready", "version": model.current.version}

    @app.get("/metrics")
    async def scrape() -> Response:
        return Response(metrics.text(), media_type=metrics.CONTENT_TYPE)

    guarded = APIRouter(route_class=guarded_by(Keys(settings.api_keys)))

    @guarded.post("/predict")
    async def predict(flower: Flower) -> Prediction:
        try:
            answer = await batches.predict(flower.model_dump())
        except NotLoaded as error:
            raise not_loaded() from error
        except Overloaded as error:
            raise HTTPException(503, "too many requests are waiting", {"Retry-After": "1"}) from error
        metrics.predictions.labels(answer.species).inc()
        return Prediction(species=answer.species, version=answer.version)

    app.include_router(guarded)
    return app


def not_loaded() -> HTTPException:
    return HTTPException(503, "the model is not loaded yet", {"Retry-After": "5"})


Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def guarded_by(keys: Keys) -> type[APIRoute]:
    """Routes that ask for a key before anything of a request's body is read: a dependency would be asked after."""

    class Guarded(APIRoute):
        def get_route_handler(self) -> Handler:
            handle = super().get_route_handler()

            async def checked(request: Request) -> Response:
                if not keys.include(request.headers.get("X-API-Key", "")):
                    raise HTTPException(401, "the header X-API-Key has to hold a valid key")
                return await handle(request)

            return checked

    return Guarded


async def explain(_: Request, error: Exception) -> Response:
    """One sentence a problem. What was sent is not repeated: it may not even be valid in JSON, like NaN."""
    assert isinstance(error, RequestValidationError)
    return JSONResponse({"detail": [sentence(problem) for problem in error.errors()]}, 422)


def sentence(problem: dict[str, Any]) -> str:
    if problem["type"] == "json_invalid":
        return f"the body is not JSON: {problem['ctx']['error']}"
    field = ".".join(str(part) for part in problem["loc"][1:])
    return f"{field or 'the body'}: {problem['msg']}"


def main() -> None:
    log_as_json(logging.INFO)
    settings = Settings.from_environment()
    uvicorn.run(
        create_app(settings),
        host="0.0.0.0",
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        # Longer than proxies keep idle connections (nginx 60 s, Traefik 90 s): one that they use again must not be
        # closed at that moment.
        timeout_keep_alive=120,
        # Less than the 30 s after which Kubernetes kills a pod.
        timeout_graceful_shutdown=20,
    )


if __name__ == "__main__":
    main()
