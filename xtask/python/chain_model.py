"""Writes a model that is a chain of so many nodes on tiny tensors, with an input and the right output beside it.

Usage: chain_model.py OUT NODES
Writes OUT/chain.onnx and OUT/chain.npz (inputs x0 and x1, output y). The nodes add the second input and multiply by it
in turns: no node is a constant, and none is like another.
"""

import sys

import numpy as np
import onnx
from onnx import TensorProto, helper

out, count = sys.argv[1], int(sys.argv[2])
x0, x1 = np.array([1, -2, 3, -4], np.float32), np.array([0.5, -0.5, 0.25, -0.25], np.float32)
nodes, y, name = [], x0, "x0"
for number in range(count):
    operator, step = [("Add", np.add), ("Mul", np.multiply)][number % 2]
    result = "y" if number == count - 1 else f"v{number}"
    nodes.append(helper.make_node(operator, [name, "x1"], [result]))
    y, name = step(y, x1), result
four = {name: helper.make_tensor_value_info(name, TensorProto.FLOAT, [4]) for name in ["x0", "x1", "y"]}
graph = helper.make_graph(nodes, "chain", [four["x0"], four["x1"]], [four["y"]])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
onnx.checker.check_model(model)
onnx.save(model, f"{out}/chain.onnx")
np.savez(f"{out}/chain.npz", x0=x0, x1=x1, y=y)
