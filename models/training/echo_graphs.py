"""The graphs of echo-cmr and echo-view.

In: trained networks. Out: `.onnx` files in a folder, and what the manifest says of them. A folder of echo-cmr has a trunk and heads for each view; views
that share a trunk name the same file.
"""
import hashlib
import os

import numpy as np
import torch
from torch import nn

from echo_clips import CMR_VIEWS
from echo_view_net import CLASSES, SIZE
from export_onnx import graph_of, spec, with_codes
from quantise import fold, quantise_

FEATURES = 512
PROBABILITIES = ("wall_motion", "late_enhancement", "abnormal_t1", "abnormal_t2", "abnormal_ecv")
QUANTITIES = ("t1_ms", "t2_ms", "ecv_percent")
HEADS = (*PROBABILITIES, *QUANTITIES, "activation")


def fold_r2plus1d_(trunk, codes=True):
    """Folds every normalisation of an R(2+1)D into the convolution before it; with `codes` all convolutions become int8. In evaluation mode only."""
    with torch.no_grad():
        sequences = [(trunk.stem, 0), (trunk.stem, 3)]
        for number in range(1, 5):
            for block in getattr(trunk, f"layer{number}"):
                for half in (block.conv1, block.conv2):
                    sequences.append((half[0], 0))
                    half[0][3], half[1] = fold(half[0][3], half[1]), nn.Identity()
                if block.downsample is not None:
                    sequences.append((block.downsample, 0))
        for sequence, n in sequences:
            sequence[n], sequence[n + 1] = fold(sequence[n], sequence[n + 1]), nn.Identity()
        if codes:
            for part in trunk.modules():
                if isinstance(part, nn.Conv3d):
                    quantise_(part)
    return trunk


class Heads(nn.Module):
    """maps [n, 512, t, h, w] -> five probabilities, three quantities, and what each place and time adds to the logit of wall motion."""

    def __init__(self, mean=(0.0, 0.0, 0.0), scale=(1.0, 1.0, 1.0), features=FEATURES):
        super().__init__()
        self.classes = nn.Linear(features, len(PROBABILITIES))
        self.quantities = nn.Linear(features, len(QUANTITIES))
        self.register_buffer("mean", torch.tensor(mean, dtype=torch.float32))
        self.register_buffer("scale", torch.tensor(scale, dtype=torch.float32))

    def forward(self, maps):
        features = maps.mean((2, 3, 4))
        classes = torch.sigmoid(self.classes(features))
        quantities = self.quantities(features) * self.scale + self.mean
        activation = (maps * self.classes.weight[0].view(1, -1, 1, 1, 1)).sum(1)
        return (*(classes[:, n] for n in range(len(PROBABILITIES))), *(quantities[:, n] for n in range(len(QUANTITIES))), activation)


class Overall(nn.Module):
    """evidence [n, 6], for each view its logit and 1, or 0 and 0 where it is missing -> P(wall motion abnormality) [n]."""

    def __init__(self, weights, bias):
        super().__init__()
        self.linear = nn.Linear(2 * len(CMR_VIEWS), 1)
        self.linear.weight.data = torch.tensor([weights], dtype=torch.float32)
        self.linear.bias.data = torch.tensor([bias], dtype=torch.float32)

    def forward(self, evidence):
        return torch.sigmoid(self.linear(evidence))[:, 0]


def write(model, folder, file):
    data = model.SerializeToString()
    with open(os.path.join(folder, file), "wb") as out:
        out.write(data)
    return hashlib.sha256(data).hexdigest()


def write_trunk(trunk, folder, file, size=(16, 56, 56)):
    """`trunk`: folded. `size`: frames, rows, columns of the example; the graph takes others too."""
    channels, features = trunk.stem[0].in_channels, trunk.layer4[1].conv2[0][3].out_channels
    axes = {"clip": {0: "n", 2: "t", 3: "h", 4: "w"}, "maps": {0: "n", 2: "t8", 3: "h16", 4: "w16"}}
    model = with_codes(graph_of(trunk.eval(), torch.zeros(1, channels, *size), (["clip"], ["maps"], axes)), trunk)
    inputs = [("clip", ["n", channels, "t", "h", "w"])]
    return spec(file, write(model, folder, file), inputs, [("maps", ["n", features, "t/8", "h/16", "w/16"])])


def write_heads(heads, folder, file):
    names, features = list(HEADS), heads.classes.in_features
    axes = {"maps": {0: "n", 2: "t", 3: "h", 4: "w"}, **{name: {0: "n"} for name in names}}
    axes["activation"] = {0: "n", 1: "t", 2: "h", 3: "w"}
    model = graph_of(heads.eval(), torch.rand(2, features, 2, 4, 4), (["maps"], names, axes))
    outputs = [(name, ["n"]) for name in names[:-1]] + [("activation", ["n", "t", "h", "w"])]
    return spec(file, write(model, folder, file), [("maps", ["n", features, "t", "h", "w"])], outputs)


def write_overall(overall, folder, file="global.onnx"):
    axes = {"evidence": {0: "n"}, "wall_motion": {0: "n"}}
    model = graph_of(overall.eval(), torch.zeros(2, 2 * len(CMR_VIEWS)), (["evidence"], ["wall_motion"], axes))
    return spec(file, write(model, folder, file), [("evidence", ["n", 2 * len(CMR_VIEWS)])], [("wall_motion", ["n"])])


def write_cmr(parts, folder):
    """`parts`: trunks and heads by view (a shared trunk is one object), and `global`. The rows of the manifest."""
    os.makedirs(folder, exist_ok=True)
    written, graphs = {}, {}
    for view in CMR_VIEWS:
        trunk, key = parts["trunks"][view], view.lower()
        if id(trunk) not in written:
            shared = sum(one is trunk for one in parts["trunks"].values()) > 1
            written[id(trunk)] = write_trunk(trunk, folder, "trunk.onnx" if shared else f"trunk-{key}.onnx", parts["size"])
        graphs[f"trunk_{key}"] = written[id(trunk)]
        graphs[f"heads_{key}"] = write_heads(parts["heads"][view], folder, f"heads-{key}.onnx")
    graphs["global"] = write_overall(parts["global"], folder)
    return graphs


class ViewGraph(nn.Module):
    """frames [n, 1, 112, 112] -> P of A4C, A2C, PLAX, other [n, 4]."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, frames):
        return torch.softmax(self.net(frames), 1)


def write_view(net, folder):
    """`net`: folded and quantised."""
    os.makedirs(folder, exist_ok=True)
    graph = ViewGraph(net)
    axes = {"frames": {0: "n"}, "probabilities": {0: "n"}}
    model = with_codes(graph_of(graph, torch.zeros(2, 1, SIZE, SIZE), (["frames"], ["probabilities"], axes)), graph)
    row = spec("view.onnx", write(model, folder, "view.onnx"), [("frames", ["n", 1, SIZE, SIZE])], [("probabilities", ["n", len(CLASSES)])])
    return {"view": row}


def example(frames, rows, columns):
    """Frames that any language can make again: value = sin(0.11 r) cos(0.07 c + frame)."""
    r, c = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
    return torch.from_numpy(np.stack([np.sin(0.11 * r) * np.cos(0.07 * c + k) for k in range(frames)])).float()


def cmr_answers(trunk, heads, overall):
    """What PyTorch answers to example clips, at two sizes, and to example evidence."""
    cases = []
    with torch.no_grad():
        for frames, rows, columns in ((8, 56, 56), (5, 48, 40)):
            maps = trunk(example(frames, rows, columns)[None, None].repeat(1, 3, 1, 1, 1))
            given = {
                view: {name: value.mean().item() for name, value in zip(HEADS, heads[view](maps))} for view in CMR_VIEWS
            }
            features = [round(value, 6) for value in maps.mean((2, 3, 4))[0, :16].tolist()]
            cases.append({"frames": frames, "rows": rows, "columns": columns, "maps": list(maps.shape), "features": features, "heads": given})
        evidence = [[0.7, 1, -0.4, 1, 1.9, 1], [0.7, 1, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0]]
        answers = overall(torch.tensor(evidence, dtype=torch.float32)).tolist()
    return {"cases": cases, "global": {"evidence": evidence, "wallMotion": answers}}


def view_answers(net):
    with torch.no_grad():
        return {"frames": 3, "probabilities": ViewGraph(net)(example(3, SIZE, SIZE)[:, None]).tolist()}

