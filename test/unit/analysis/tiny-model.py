"""Writes backbone.onnx and head.onnx with the signature of vascular-sec, small and with answers that a test can reckon.

In: a folder and a variant. Out: the two files. With m the mean of a frame in [-1, 1]:
features = m everywhere, longitudinal = sigmoid(4 m), compression = sigmoid(-4 m), sec_map = means of 32 x 32 tiles;
attention = softmax of m over the bag, sec = sigmoid(4 x attention-weighted m), popliteal = sigmoid(4 x mean of m).
Variants misbehave only on frames brighter than mid-grey, so that the probe at start passes:
nan gives NaN, hang loops without end, shape gives a map of another rank, range gives probabilities over 1.
"""
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

F, I64, B = TensorProto.FLOAT, TensorProto.INT64, TensorProto.BOOL


def constant(name, values, dtype=np.float32):
    return numpy_helper.from_array(np.array(values, dtype=dtype), name)


def endless_loop():
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["go"], ["go_on"]),
            helper.make_node("Mul", ["state", "one_inside"], ["next"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("round", I64, []),
            helper.make_tensor_value_info("go", B, []),
            helper.make_tensor_value_info("state", F, ["n"]),
        ],
        [helper.make_tensor_value_info("go_on", B, []), helper.make_tensor_value_info("next", F, ["n"])],
        [constant("one_inside", 1.0)],
    )
    return [
        helper.make_node("ReduceMax", ["mean"], ["brightest"], keepdims=0),
        helper.make_node("Greater", ["brightest", "zero"], ["bright"]),
        helper.make_node("Where", ["bright", "rounds_without_end", "one_round"], ["rounds"]),
        helper.make_node("Loop", ["rounds", "yes", "mean"], ["m"], body=body),
    ]


def backbone(variant):
    nodes = [helper.make_node("ReduceMean", ["frames"], ["mean"], axes=[1, 2, 3], keepdims=0)]
    if variant == "hang":
        nodes += endless_loop()
    elif variant == "nan":
        # sqrt(-m) is NaN for bright frames; times 0 it leaves dark ones as they are.
        nodes += [
            helper.make_node("Neg", ["mean"], ["negative"]),
            helper.make_node("Sqrt", ["negative"], ["root"]),
            helper.make_node("Mul", ["root", "zero"], ["nothing"]),
            helper.make_node("Add", ["mean", "nothing"], ["m"]),
        ]
    else:
        nodes.append(helper.make_node("Identity", ["mean"], ["m"]))
    gain = "forty" if variant == "range" else "four"
    nodes += [
        helper.make_node("Unsqueeze", ["m", "axis1"], ["column"]),
        helper.make_node("Mul", ["column", "ones"], ["features"]),
        helper.make_node("Mul", ["m", "four"], ["up"]),
        helper.make_node("Sigmoid", ["up"], ["probability"]),
        helper.make_node("Neg", ["up"], ["down"]),
        helper.make_node("Sigmoid", ["down"], ["compression"]),
        helper.make_node("AveragePool", ["frames"], ["tiles"], kernel_shape=[32, 32], strides=[32, 32]),
    ]
    if variant == "range":
        nodes += [helper.make_node("Relu", ["m"], ["bright_part"]), helper.make_node("Mul", ["bright_part", gain], ["excess"])]
        nodes.append(helper.make_node("Add", ["probability", "excess"], ["longitudinal"]))
    else:
        nodes.append(helper.make_node("Identity", ["probability"], ["longitudinal"]))
    keep = 1 if variant == "shape" else 0
    nodes.append(helper.make_node("ReduceMean", ["tiles"], ["sec_map"], axes=[1], keepdims=keep))
    constants = [
        constant("zero", 0.0),
        constant("four", 4.0),
        constant("forty", 40.0),
        constant("axis1", [1], np.int64),
        constant("ones", np.ones((1, 2048))),
        constant("rounds_without_end", 10**15, np.int64),
        constant("one_round", 1, np.int64),
        constant("yes", True, np.bool_),
    ]
    map_shape = ["n", 1, "mh", "mw"] if keep else ["n", "mh", "mw"]
    return helper.make_graph(
        nodes,
        "backbone",
        [helper.make_tensor_value_info("frames", F, ["n", 3, "h", "w"])],
        [
            helper.make_tensor_value_info("features", F, ["n", 2048]),
            helper.make_tensor_value_info("longitudinal", F, ["n"]),
            helper.make_tensor_value_info("compression", F, ["n"]),
            helper.make_tensor_value_info("sec_map", F, map_shape),
        ],
        constants,
    )


def head():
    nodes = [
        helper.make_node("ReduceMean", ["features"], ["m"], axes=[1], keepdims=0),
        helper.make_node("Softmax", ["m"], ["attention"], axis=0),
        helper.make_node("Mul", ["attention", "m"], ["weighted"]),
        helper.make_node("ReduceSum", ["weighted", "axis0"], ["pooled"], keepdims=1),
        helper.make_node("Mul", ["pooled", "four"], ["logit"]),
        helper.make_node("Sigmoid", ["logit"], ["sec"]),
        helper.make_node("ReduceMean", ["m"], ["mean"], axes=[0], keepdims=1),
        helper.make_node("Mul", ["mean", "four"], ["view"]),
        helper.make_node("Sigmoid", ["view"], ["popliteal"]),
    ]
    return helper.make_graph(
        nodes,
        "head",
        [helper.make_tensor_value_info("features", F, ["k", 2048])],
        [
            helper.make_tensor_value_info("sec", F, [1]),
            helper.make_tensor_value_info("attention", F, ["k"]),
            helper.make_tensor_value_info("popliteal", F, [1]),
        ],
        [constant("four", 4.0), constant("axis0", [0], np.int64)],
    )


def main(folder, variant):
    for name, graph in (("backbone", backbone(variant)), ("head", head())):
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
        onnx.checker.check_model(model)
        onnx.save(model, f"{folder}/{name}.onnx")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
