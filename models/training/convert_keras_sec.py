"""Turns Keras weights of a ResNet50V2 with an attention head into a model folder of vascular-sec.

In: an `.h5` file of Keras 2 (`model.save` or `save_weights`), layers named as `keras.applications.ResNet50V2` names them, and the names of the head's dense layers.
Out: graphs, manifest and card in a folder.

    python3 convert_keras_sec.py weights.h5 --out ../site-sec --names V=attention_v,w=attention_w,classifier=sec

Dense layers that the node reads: V and w (attention: softmax of w tanh(V h)), U where the attention is gated, classifier (P of contrast), and longitudinal, compression,
popliteal. Of the last three each may be missing: that output is then an even chance, and the card says so.
"""
import argparse
import hashlib
import json
import os
import time

import h5py
import numpy as np
import torch
from torch import nn

from export_onnx import BackboneGraph, HeadGraph, graph_of, spec, with_codes
from mil import AttentionHead, GatedHead
from quantise import quantised
from resnet50v2 import EPSILON, STACKS, ResNet50V2

HERE = os.path.dirname(os.path.abspath(__file__))
DENSE = ("V", "w", "U", "classifier", "longitudinal", "compression", "popliteal")


def variables(path):
    """{(layer, variable): values} of every data set, e.g. ("conv1_conv", "kernel"); models inside models make no difference."""
    found = {}

    def take(name, item):
        if isinstance(item, h5py.Dataset):
            *_, layer, variable = name.split("/")
            found[(layer, variable.split(":")[0])] = torch.from_numpy(np.asarray(item, np.float32))

    try:
        with h5py.File(path, "r") as file:
            (file["model_weights"] if "model_weights" in file else file).visititems(take)
    except OSError as error:
        raise SystemExit(f"{path}: no HDF5 file that can be read ({error})") from error
    for (layer, variable), values in found.items():
        if not torch.isfinite(values).all():
            raise SystemExit(f"{path}: {layer}/{variable} has values that are no numbers (NaN or infinity)")
    return found


def need(found, layer, variable):
    if (layer, variable) not in found:
        raise SystemExit(f"the file has no {layer}/{variable}")
    return found[(layer, variable)]


def convolution(found, layer, like):
    kernel = need(found, layer, "kernel").permute(3, 2, 0, 1)
    if tuple(kernel.shape[2:]) != like.kernel_size:
        raise SystemExit(f"{layer}/kernel: {list(kernel.shape[2:])} where {list(like.kernel_size)} was expected")
    conv = nn.Conv2d(kernel.shape[1], kernel.shape[0], like.kernel_size, like.stride, like.padding, bias=like.bias is not None)
    conv.weight.data = kernel.contiguous()
    if like.bias is not None:
        conv.bias.data = need(found, layer, "bias")
    return conv


def normalisation(found, layer):
    norm = nn.BatchNorm2d(len(need(found, layer, "gamma")), eps=EPSILON)
    norm.weight.data, norm.bias.data = need(found, layer, "gamma"), need(found, layer, "beta")
    norm.running_mean, norm.running_var = need(found, layer, "moving_mean"), need(found, layer, "moving_variance")
    return norm


def backbone_of(found):
    """The network of the file; channels are those of its kernels."""
    network = ResNet50V2()
    network.conv1 = convolution(found, "conv1_conv", network.conv1)
    names = [f"conv{stack}_block{n}" for stack, (_, depth, _) in enumerate(STACKS, 2) for n in range(1, depth + 1)]
    for name, block in zip(names, network.blocks):
        block.preact_bn = normalisation(found, f"{name}_preact_bn")
        if block.conv0 is not None:
            block.conv0 = convolution(found, f"{name}_0_conv", block.conv0)
        block.conv1, block.bn1 = convolution(found, f"{name}_1_conv", block.conv1), normalisation(found, f"{name}_1_bn")
        block.conv2, block.bn2 = convolution(found, f"{name}_2_conv", block.conv2), normalisation(found, f"{name}_2_bn")
        block.conv3 = convolution(found, f"{name}_3_conv", block.conv3)
    network.post_bn = normalisation(found, "post_bn")
    return network.eval()


def dense(found, layer, features=None):
    """The dense layer of that name; without one in the file, one that gives 0 for `features`."""
    if (layer, "kernel") not in found and features is not None:
        linear = nn.Linear(features, 1)
        nn.init.zeros_(linear.weight)
        nn.init.zeros_(linear.bias)
        return linear
    kernel = need(found, layer, "kernel").t().contiguous()
    linear = nn.Linear(kernel.shape[1], kernel.shape[0])
    linear.weight.data = kernel
    # Attention is often trained without biases.
    linear.bias.data = found.get((layer, "bias"), torch.zeros(len(kernel)))
    return linear


def write(model, folder, file):
    data = model.SerializeToString()
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, file), "wb") as out:
        out.write(data)
    return hashlib.sha256(data).hexdigest()


def graphs_of(found, names, options):
    backbone = backbone_of(found)
    features = backbone.post_bn.num_features
    gated = (names["U"], "kernel") in found
    head = GatedHead() if gated else AttentionHead()
    head.V, head.w, head.classifier = (dense(found, names[part]) for part in ("V", "w", "classifier"))
    if gated:
        head.U = dense(found, names["U"])
    tasks = nn.Linear(features, 2)
    with torch.no_grad():
        for row, name in enumerate(("longitudinal", "compression")):
            layer = dense(found, names[name], features)
            tasks.weight[row], tasks.bias[row] = layer.weight[0], layer.bias[0]
    graph = BackboneGraph(quantised(backbone) if options.int8 else backbone, tasks, head.classifier).eval()
    bag = HeadGraph(head.eval(), dense(found, names["popliteal"], features)).eval()
    free = {0: "n", 2: "h", 3: "w"}
    axes = {"frames": free, "features": {0: "n"}, "longitudinal": {0: "n"}, "compression": {0: "n"}, "sec_map": {0: "n", 1: "h32", 2: "w32"}}
    wanted = (["frames"], ["features", "longitudinal", "compression", "sec_map"], axes)
    digest = write(with_codes(graph_of(graph, torch.zeros(2, 3, 104, 144), wanted), graph), options.out, "backbone.onnx")
    outputs = [("features", ["n", features]), ("longitudinal", ["n"]), ("compression", ["n"]), ("sec_map", ["n", "h/32", "w/32"])]
    rows = {"backbone": spec("backbone.onnx", digest, [("frames", ["n", 3, "h", "w"])], outputs)}
    wanted = (["features"], ["sec", "attention", "popliteal"], {"features": {0: "k"}, "attention": {0: "k"}})
    digest = write(graph_of(bag, torch.rand(5, features), wanted), options.out, "head.onnx")
    rows["head"] = spec("head.onnx", digest, [("features", ["k", features])], [("sec", [1]), ("attention", ["k"]), ("popliteal", [1])])
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights")
    parser.add_argument("--out", required=True, help="the folder; its name becomes the id of the model")
    parser.add_argument("--names", default="", help="part=layer, comma-separated; a part that is not named has the layer of its own name")
    parser.add_argument("--max-rows", type=int, default=512)
    parser.add_argument("--max-columns", type=int, default=512)
    parser.add_argument("--threshold", type=float, default=0.5, help="operating point of contrast")
    parser.add_argument("--int8", action="store_true", help="a quarter of the size; answers move by rounding")
    parser.add_argument("--licence", default="that of the weights")
    parser.add_argument("--version", default="1")
    options = parser.parse_args()
    names = {part: part for part in DENSE} | dict(pair.partition("=")[::2] for pair in options.names.split(",") if pair)
    if unknown := [part for part, layer in names.items() if part not in DENSE or not layer]:
        raise SystemExit(f"--names: {', '.join(unknown)}: PART=LAYER was expected, of the parts {', '.join(DENSE)}")
    found = variables(options.weights)
    with open(os.path.join(HERE, "..", "vascular-sec", "manifest.json")) as file:
        manifest = json.load(file)
    notice = "Converted weights; this project has not validated them. Research use only. Not for diagnosis."
    for output in manifest["outputs"]:
        output["evidence"] = []
        if "threshold" in output:
            output |= {"threshold": options.threshold if output["id"] == "sec" else 0.5, "thresholdMethod": "given at conversion"}
    manifest |= {
        "id": os.path.basename(os.path.abspath(options.out)),
        "version": options.version,
        "manufacturer": "converted at the site",
        "referenceWeights": False,
        "notice": notice,
        "graphs": graphs_of(found, names, options),
        "training": {
            "data": "not stated",
            "program": "models/training/convert_keras_sec.py",
            "seed": 0,
            "log": "none",
            "finishedOn": time.strftime("%Y-%m-%d", time.gmtime()),
        },
        "licence": options.licence,
    }
    manifest["preprocessing"] |= {"maxRows": options.max_rows, "maxColumns": options.max_columns}
    with open(os.path.join(options.out, "manifest.json"), "w") as out:
        out.write(json.dumps(manifest, indent=2) + "\n")
    constant = [part for part in ("longitudinal", "compression", "popliteal") if (names[part], "kernel") not in found]
    with open(os.path.join(options.out, "CARD.md"), "w") as out:
        out.write(
            f"# {manifest['id']} {options.version}\n\n**{notice}**\n\nResNet50V2 with attention over keyframes, converted from Keras weights.\n"
            f"Outputs that are an even chance, since the file has no layer for them: {', '.join(constant) or 'none'}.\n"
            "State evidence in the manifest before results are used.\n"
        )


if __name__ == "__main__":
    main()
