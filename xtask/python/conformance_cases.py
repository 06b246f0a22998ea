"""Writes the test cases of the `onnx` package as folders that `conformance` reads.

OUT/node: the operators' own cases; OUT/data: the models in the package's `backend/test/data`
(`simple`, `pytorch-operator`, `pytorch-converted`, and `light`, real networks whose input is made as
the package's own runner makes it). A case is a folder with `model.onnx`, `tolerance` ("rtol atol") and
`test_data_set_K/{input,output}_I.pb`. Usage: conformance_cases.py OUT
"""

import os
import shutil
import sys
import warnings

import numpy as np
import onnx
import onnx.backend.test.loader as loader
from onnx import numpy_helper
from onnx.backend.test.runner import Runner

warnings.filterwarnings("ignore")


def stored(value, info):
    kind = info.type.WhichOneof("value")
    if kind == "tensor_type":
        if not isinstance(value, onnx.TensorProto):
            value = numpy_helper.from_array(np.asarray(value), info.name)
    elif kind == "sequence_type":
        value = numpy_helper.from_list(value, info.name)
    elif kind == "optional_type":
        value = numpy_helper.from_optional(value, info.name)
    else:
        raise ValueError(kind)
    return value.SerializeToString()


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)


def write_tolerance(folder, case):
    write(os.path.join(folder, "tolerance"), f"{case.rtol} {case.atol}\n".encode())


def node_cases(out):
    cases = loader.load_model_tests(kind="node")
    for case in cases:
        folder = os.path.join(out, case.name)
        write(os.path.join(folder, "model.onnx"), case.model.SerializeToString())
        write_tolerance(folder, case)
        graph = case.model.graph
        for k, (inputs, outputs) in enumerate(case.data_sets):
            for prefix, values, infos in (("input", inputs, graph.input), ("output", outputs, graph.output)):
                for i, (value, info) in enumerate(zip(values, infos)):
                    write(os.path.join(folder, f"test_data_set_{k}", f"{prefix}_{i}.pb"), stored(value, info))
    return len(cases)


def data_cases(out, kind):
    cases = loader.load_model_tests(kind=kind)
    for case in cases:
        folder = os.path.join(out, f"{kind}-{case.name}")
        shutil.copytree(case.model_dir, folder, dirs_exist_ok=True)
        write_tolerance(folder, case)
    return len(cases)


def light_cases(out):
    source = os.path.join(os.path.dirname(loader.DATA_DIR), "data", "light")
    names = sorted(name[:-5] for name in os.listdir(source) if name.endswith(".onnx"))
    for name in names:
        folder = os.path.join(out, name)
        model = onnx.load(os.path.join(source, f"{name}.onnx"))
        write(os.path.join(folder, "model.onnx"), model.SerializeToString())
        write(os.path.join(folder, "tolerance"), b"0.001 1e-07\n")
        known = {one.name for one in model.graph.initializer}
        inputs = [one for one in model.graph.input if one.name not in known]
        for i, info in enumerate(inputs):
            value = Runner.generate_dummy_data(info, seed=0, name=name, random=False)
            write(os.path.join(folder, "test_data_set_0", f"input_{i}.pb"), stored(value, info))
        for i in range(len(model.graph.output)):
            expected = os.path.join(source, f"{name}_output_{i}.pb")
            shutil.copy(expected, os.path.join(folder, "test_data_set_0", f"output_{i}.pb"))
    return len(names)


def main(out):
    count = node_cases(os.path.join(out, "node"))
    data = os.path.join(out, "data")
    for kind in ("simple", "pytorch-operator", "pytorch-converted"):
        count += data_cases(data, kind)
    count += light_cases(data)
    print(count, "cases")


if __name__ == "__main__":
    main(sys.argv[1])
