"""A classifier of irises for Triton's Python backend: a linear model whose numbers are in weights.json beside it.

The backend brings numpy and triton_python_backend_utils, and nothing else is needed. weights.json says how well its
numbers do, too; train.py writes it.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

import triton_python_backend_utils as pb_utils


class TritonPythonModel:
    def initialize(self, args: dict[str, str]) -> None:
        """Once, when the model is loaded. What is raised here keeps the server from starting, and is in its log."""
        weights = json.loads(Path(__file__).with_name("weights.json").read_text(encoding="utf-8"))
        self.species = np.array([name.encode() for name in weights["species"]], dtype=np.object_)
        self.coefficients = np.array(weights["coefficients"], dtype=np.float64)
        self.intercepts = np.array(weights["intercepts"], dtype=np.float64)
        features = width(json.loads(args["model_config"]), "input", "flower")
        classes = width(json.loads(args["model_config"]), "output", "probabilities")
        if self.coefficients.shape != (classes, features) or len(self.species) != classes:
            raise pb_utils.TritonModelException(
                f"weights.json has {self.coefficients.shape} coefficients and {len(self.species)} species, "
                f"but config.pbtxt wants {classes} of {features}"
            )

    def execute(self, requests: list[Any]) -> list[Any]:
        """Answers each of the requests: one that is wrong does not spoil the others."""
        return [self.answer(request) for request in requests]

    def answer(self, request: Any) -> Any:
        flowers = pb_utils.get_input_tensor_by_name(request, "flower").as_numpy()
        if not np.isfinite(flowers).all():
            return pb_utils.InferenceResponse(error=pb_utils.TritonError("flower: every measure has to be a number"))
        probabilities = softmax(flowers @ self.coefficients.T + self.intercepts)
        species = self.species[probabilities.argmax(axis=1)].reshape(-1, 1)
        return pb_utils.InferenceResponse(
            output_tensors=[
                pb_utils.Tensor("species", species),
                pb_utils.Tensor("probabilities", probabilities.astype(np.float32)),
            ]
        )


def width(config: dict[str, Any], side: str, name: str) -> int:
    """How many numbers a row of an input or output has, as config.pbtxt says."""
    return next(int(tensor["dims"][0]) for tensor in config[side] if tensor["name"] == name)


def softmax(scores: np.ndarray) -> np.ndarray:
    """Probabilities in each row. The largest score is taken off first, so that no power of e is too large."""
    shares = np.exp(scores - scores.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)
