"""Makes the small models of the tests, with what onnxruntime answers beside them.

Usage: make_models.py (with numpy, onnx 1.23 and onnxruntime 1.31); writes ../fixtures/models.
"""

import os

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

OUT = os.path.join(os.path.dirname(__file__), "..", "fixtures", "models")
RNG = np.random.default_rng(7)


def weights(name, *shape):
    values = RNG.standard_normal(shape).astype(np.float32) / np.sqrt(max(1, np.prod(shape[1:])))
    return numpy_helper.from_array(values.astype(np.float32), name)


def value(name, shape, kind=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def save(name, nodes, inputs, outputs, initializers=(), opset=18, **extra):
    graph = helper.make_graph(nodes, name, inputs, outputs, list(initializers))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9, **extra)
    onnx.checker.check_model(model)
    onnx.save(model, os.path.join(OUT, f"{name}.onnx"))
    return model


def record(name, **inputs):
    session = onnxruntime.InferenceSession(os.path.join(OUT, f"{name}.onnx"))
    outputs = session.run(None, inputs)
    names = [one.name for one in session.get_outputs()]
    np.savez(os.path.join(OUT, f"{name}.npz"), **inputs, **dict(zip(names, outputs)))


def convolutions():
    """Conv, BatchNormalization, Relu; Conv, Clip; a residual; pooling; a linear head."""
    nodes = [
        helper.make_node("Conv", ["x", "w1", "b1"], ["c1"], name="first", pads=[1, 1, 1, 1]),
        helper.make_node("BatchNormalization", ["c1", "scale", "shift", "mean", "variance"], ["n1"]),
        helper.make_node("Relu", ["n1"], ["r1"]),
        helper.make_node("Conv", ["r1", "w2"], ["c2"], name="second", pads=[1, 1, 1, 1], group=4),
        helper.make_node("Clip", ["c2", "zero", "six"], ["r2"]),
        helper.make_node("Add", ["r1", "r2"], ["sum"]),
        helper.make_node("GlobalAveragePool", ["sum"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["flat"]),
        helper.make_node("Gemm", ["flat", "w3", "b3"], ["y"], transB=1),
    ]
    variance = numpy_helper.from_array(RNG.uniform(0.5, 2, 8).astype(np.float32), "variance")
    initializers = [
        weights("w1", 8, 3, 3, 3), weights("b1", 8), weights("scale", 8), weights("shift", 8), weights("mean", 8),
        variance, weights("w2", 8, 2, 3, 3), weights("w3", 5, 8), weights("b3", 5),
        numpy_helper.from_array(np.float32(0), "zero"), numpy_helper.from_array(np.float32(6), "six"),
    ]
    save("convolutions", nodes, [value("x", ["batch", 3, 12, 10])], [value("y", ["batch", 5])], initializers)
    record("convolutions", x=RNG.standard_normal((2, 3, 12, 10)).astype(np.float32))


def shapes():
    """A reshape whose shape is computed from that of the input, as exporters write it."""
    nodes = [
        helper.make_node("Shape", ["x"], ["shape"]),
        helper.make_node("Gather", ["shape", "first"], ["batch"]),
        helper.make_node("Concat", ["batch", "rest"], ["target"], axis=0),
        helper.make_node("Reshape", ["x", "target"], ["flat"]),
        helper.make_node("MatMul", ["flat", "w"], ["y"]),
    ]
    initializers = [
        numpy_helper.from_array(np.array([0], np.int64), "first"),
        numpy_helper.from_array(np.array([-1], np.int64), "rest"),
        weights("w", 12, 4),
    ]
    save("shapes", nodes, [value("x", ["batch", 3, 4])], [value("y", ["batch", 4])], initializers)
    record("shapes", x=RNG.standard_normal((5, 3, 4)).astype(np.float32))


def control():
    """A loop that doubles until it is large, and a branch on the result; both use values from outside."""
    body = helper.make_graph(
        [
            helper.make_node("Mul", ["state", "factor"], ["next"]),
            helper.make_node("ReduceSum", ["next"], ["size"], keepdims=0),
            helper.make_node("Less", ["size", "limit"], ["goes_on"]),
            helper.make_node("Identity", ["size"], ["trace"]),
        ],
        "body",
        [value("i", [], TensorProto.INT64), value("go", [], TensorProto.BOOL), value("state", None)],
        [value("goes_on", [], TensorProto.BOOL), value("next", None), value("trace", [])],
    )
    then = helper.make_graph([helper.make_node("Add", ["end", "x"], ["a"])], "then", [], [value("a", None)])
    other = helper.make_graph([helper.make_node("Sub", ["end", "x"], ["b"])], "other", [], [value("b", None)])
    nodes = [
        helper.make_node("Loop", ["most", "", "x"], ["end", "sizes"], body=body),
        helper.make_node("If", ["add"], ["y"], then_branch=then, else_branch=other),
    ]
    initializers = [
        numpy_helper.from_array(np.array(10, np.int64), "most"),
        numpy_helper.from_array(np.float32(2), "factor"),
        numpy_helper.from_array(np.float32(50), "limit"),
    ]
    inputs = [value("x", ["n"]), value("add", [], TensorProto.BOOL)]
    save("control", nodes, inputs, [value("y", ["n"]), value("sizes", ["steps"])], initializers)
    record("control", x=np.array([1, 2.5], np.float32), add=np.array(True))


def refused():
    """Nodes that cannot run: an operator nobody knows, an attribute nobody knows."""
    nodes = [
        helper.make_node("Frobnicate", ["x"], ["a"], name="strange", domain="example"),
        helper.make_node("Relu", ["x"], ["b"], name="known"),
        helper.make_node("Sigmoid", ["b"], ["c"], name="odd", sharpness=2.0),
        helper.make_node("Add", ["a", "c"], ["y"], name="after"),
    ]
    graph = helper.make_graph(nodes, "refused", [value("x", [2])], [value("y", [2])])
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("example", 1)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=9), os.path.join(OUT, "refused.onnx"))


def functions():
    """A function of the model's own that calls another and hands an attribute on."""
    scaled = helper.make_function(
        "example", "Scaled", ["v"], ["w"],
        [helper.make_node("Elu", ["v"], ["w"])], [helper.make_opsetid("", 18)], ["alpha"],
    )
    scaled.node[0].attribute.append(onnx.AttributeProto(name="alpha", ref_attr_name="alpha", type=onnx.AttributeProto.FLOAT))
    twice_call = helper.make_node("Scaled", ["v"], ["u"], domain="example")
    twice_call.attribute.append(onnx.AttributeProto(name="alpha", ref_attr_name="alpha", type=onnx.AttributeProto.FLOAT))
    twice = helper.make_function(
        "example", "Twice", ["v"], ["w"],
        [twice_call, helper.make_node("Add", ["u", "u"], ["w"])],
        [helper.make_opsetid("", 18), helper.make_opsetid("example", 1)], ["alpha"],
    )
    graph = helper.make_graph(
        [helper.make_node("Twice", ["x"], ["y"], domain="example", alpha=0.5)], "functions",
        [value("x", ["n"])], [value("y", ["n"])],
    )
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("example", 1)]
    model = helper.make_model(graph, opset_imports=opsets, functions=[scaled, twice], ir_version=9)
    onnx.save(model, os.path.join(OUT, "functions.onnx"))
    record("functions", x=np.array([-2, -0.5, 0, 3], np.float32))


def external():
    """Weights in a file of their own; and the same with a place outside of the folder."""
    nodes = [helper.make_node("MatMul", ["x", "w"], ["y"])]
    graph = helper.make_graph(nodes, "external", [value("x", ["n", 4])], [value("y", ["n", 3])], [weights("w", 4, 3)])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    path = os.path.join(OUT, "external.onnx")
    onnx.save(model, path, save_as_external_data=True, location="external.data", size_threshold=0)
    record("external", x=RNG.standard_normal((2, 4)).astype(np.float32))
    stored = onnx.load(path, load_external_data=False)
    for place, name in (("../models/external.data", "external_outside"), ("missing.data", "external_missing")):
        stored.graph.initializer[0].external_data[0].value = place
        with open(os.path.join(OUT, f"{name}.onnx"), "wb") as file:
            file.write(stored.SerializeToString())


def products():
    """Products with weights and without, biases on either side, a Relu, an LSTM both ways."""
    nodes = [
        helper.make_node("MatMul", ["x", "w1"], ["p1"]),
        helper.make_node("Add", ["b1", "p1"], ["s1"]),
        helper.make_node("Relu", ["s1"], ["r1"]),
        helper.make_node("MatMul", ["r1", "w2"], ["p2"]),
        helper.make_node("Add", ["p2", "b2"], ["s2"]),
        helper.make_node("Transpose", ["s2"], ["t2"], perm=[0, 2, 1]),
        helper.make_node("MatMul", ["s2", "t2"], ["scores"]),
        helper.make_node("MatMul", ["scores", "s2"], ["mixed"]),
        helper.make_node("Gemm", ["m", "w3", "b3"], ["g"], transB=1, alpha=0.5),
        helper.make_node("Transpose", ["mixed"], ["by_step"], perm=[1, 0, 2]),
        helper.make_node("LSTM", ["by_step", "wl", "rl", "bl"], ["y"], hidden_size=5, direction="bidirectional"),
    ]
    initializers = [
        weights("w1", 40, 33), weights("b1", 33), weights("w2", 33, 12), weights("b2", 12),
        weights("w3", 7, 40), weights("b3", 7),
        weights("wl", 2, 20, 12), weights("rl", 2, 20, 5), weights("bl", 2, 40),
    ]
    inputs = [value("x", ["batch", "n", 40]), value("m", ["rows", 40])]
    outputs = [value("g", ["rows", 7]), value("y", ["n", 2, "batch", 5])]
    save("products", nodes, inputs, outputs, initializers)
    x = RNG.standard_normal((3, 14, 40)).astype(np.float32)
    record("products", x=x, m=RNG.standard_normal((13, 40)).astype(np.float32))


def endless():
    """A loop that never ends."""
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["again"]), helper.make_node("Neg", ["a"], ["b"])],
        "body",
        [value("i", [], TensorProto.INT64), value("go", [], TensorProto.BOOL), value("a", [1])],
        [value("again", [], TensorProto.BOOL), value("b", [1])],
    )
    nodes = [helper.make_node("Loop", ["", "true", "x"], ["y"], name="forever", body=body)]
    true = numpy_helper.from_array(np.array(True), "true")
    save("endless", nodes, [value("x", [1])], [value("y", [1])], [true])


if __name__ == "__main__":
    os.makedirs(OUT, exist_ok=True)
    convolutions()
    shapes()
    control()
    refused()
    functions()
    external()
    products()
    endless()
