"""A stand-in for what Triton's Python backend gives to models: as much of it as they use here, as documented."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np


class TritonModelException(Exception):
    """Keeps a model from being loaded."""


@dataclass(frozen=True)
class TritonError:
    text: str

    def message(self) -> str:
        return self.text


@dataclass(frozen=True)
class Tensor:
    tensor_name: str
    array: np.ndarray

    def name(self) -> str:
        return self.tensor_name

    def as_numpy(self) -> np.ndarray:
        return self.array


@dataclass(frozen=True)
class InferenceRequest:
    inputs: list[Tensor]


@dataclass(frozen=True)
class InferenceResponse:
    output_tensors: list[Tensor] = field(default_factory=list)
    error: TritonError | None = None


def get_input_tensor_by_name(request: Any, name: str) -> Tensor | None:
    return next((tensor for tensor in request.inputs if tensor.name() == name), None)
