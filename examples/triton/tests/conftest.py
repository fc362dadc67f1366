"""What the tests share: the model as Triton loads it, its config.pbtxt, and Triton's HTTP protocol around it."""

import importlib.util
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import triton_python_backend_utils as pb_utils

FOLDER = Path(__file__).parents[1]
REPOSITORY = FOLDER / "models"

# Names of a type in config.pbtxt, in requests, and in numpy.
TYPES = {"TYPE_FP32": ("FP32", np.float32), "TYPE_STRING": ("BYTES", np.object_)}


@dataclass(frozen=True)
class Declared:
    """An input or output as config.pbtxt has it."""

    name: str
    datatype: str
    dtype: Any
    dims: list[int]


@dataclass(frozen=True)
class Config:
    name: str
    backend: str
    max_batch_size: int
    inputs: list[Declared]
    outputs: list[Declared]

    def as_json(self) -> str:
        """As Triton hands it to a model."""

        def tensors(declared: list[Declared]) -> list[dict[str, Any]]:
            # Sizes are 64 bits wide, which JSON writes as text.
            return [{"name": each.name, "dims": [str(size) for size in each.dims]} for each in declared]

        return json.dumps({"name": self.name, "input": tensors(self.inputs), "output": tensors(self.outputs)})


def read_config(text: str) -> Config:
    text = re.sub(r"#.*", "", text)

    def one(key: str, inside: str = text) -> str:
        found = re.findall(rf'^\s*{key}:\s*"?([\w.]+)"?', inside, re.MULTILINE)
        assert len(found) >= 1, f"config.pbtxt has no {key}"
        return str(found[0])

    def tensors(side: str) -> list[Declared]:
        block = re.search(rf"^{side} \[(.*?)^\]", text, re.MULTILINE | re.DOTALL)
        assert block is not None, f"config.pbtxt has no {side}"
        return [
            Declared(
                name=one("name", each),
                datatype=TYPES[one("data_type", each)][0],
                dtype=TYPES[one("data_type", each)][1],
                dims=[int(size) for size in re.findall(r"\d+", re.findall(r"dims:\s*\[([^\]]*)\]", each)[0])],
            )
            for each in re.findall(r"\{(.*?)\}", block[1], re.DOTALL)
        ]

    return Config(
        name=one("name"),
        backend=one("backend"),
        max_batch_size=int(one("max_batch_size")),
        inputs=tensors("input"),
        outputs=tensors("output"),
    )


@dataclass(frozen=True)
class Server:
    """Answers as Triton does: checks a request against config.pbtxt, asks the model, and writes what it answered."""

    config: Config
    model: Any

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        return self.ask_all([request])[0]

    def ask_all(self, requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Together, as the dynamic batcher does."""
        answers = self.model.execute([self.read(request) for request in requests])
        assert len(answers) == len(requests)
        return [self.write(request, answer) for request, answer in zip(requests, answers, strict=True)]

    def read(self, request: dict[str, Any]) -> pb_utils.InferenceRequest:
        tensors = []
        for declared, given in zip(self.config.inputs, request["inputs"], strict=True):
            rows, *dims = given["shape"]
            assert (given["name"], given["datatype"], dims) == (declared.name, declared.datatype, declared.dims)
            assert rows <= self.config.max_batch_size
            array = np.array(given["data"], dtype=declared.dtype).reshape(given["shape"])
            tensors.append(pb_utils.Tensor(declared.name, array))
        return pb_utils.InferenceRequest(tensors)

    def write(self, request: dict[str, Any], answer: pb_utils.InferenceResponse) -> dict[str, Any]:
        if answer.error is not None:
            return {"error": answer.error.message()}
        rows = request["inputs"][0]["shape"][0]
        wanted = {each["name"] for each in request.get("outputs", [])} or {each.name for each in self.config.outputs}
        outputs = []
        for declared, tensor in zip(self.config.outputs, answer.output_tensors, strict=True):
            array = tensor.as_numpy()
            assert (tensor.name(), array.dtype) == (declared.name, declared.dtype)
            assert list(array.shape) == [rows, *declared.dims]
            data = [value.decode() if isinstance(value, bytes) else float(value) for value in array.flatten()]
            if declared.name in wanted:
                shape = list(array.shape)
                outputs.append({"name": declared.name, "datatype": declared.datatype, "shape": shape, "data": data})
        return {"model_name": self.config.name, "model_version": "1", "outputs": outputs}


def load(config: Config, folder: Path) -> Any:
    spec = importlib.util.spec_from_file_location("model", folder / "model.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    model = module.TritonPythonModel()
    model.initialize({"model_config": config.as_json(), "model_version": "1"})
    return model


@pytest.fixture(scope="session")
def config() -> Config:
    return read_config((REPOSITORY / "iris" / "config.pbtxt").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def server(config: Config) -> Server:
    return Server(config, load(config, REPOSITORY / "iris" / "1"))
