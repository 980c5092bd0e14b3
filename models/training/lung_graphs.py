"""The two graphs of lung-score.

In: a `LungNet`. Out: `frames.onnx` and `clip.onnx` in a folder, and what the manifest says of them.
"""
import hashlib
import os

import numpy as np
import torch
from torch import nn

from export_onnx import graph_of, spec, with_codes
from lung_net import CHANNELS, CLASSES, attended

SIZE = 224


class FramesGraph(nn.Module):
    """frames [n, 3, 224, 224] -> features [n, 256], mask [n, 13, 13]."""

    def __init__(self, net):
        super().__init__()
        self.features, self.attention = net.features, net.attention

    def forward(self, frames):
        return attended(self.features, self.attention, frames)


class ClipGraph(nn.Module):
    """features [1, t, 256] of the frames of one cine in their order -> P(score 0..3) [4]."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, features):
        return torch.softmax(self.net.classify(features), 1)[0]


def write_graphs(net, folder):
    """Writes both graphs; convolutions that carry codes (see `quantise.py`) are stored as int8."""
    os.makedirs(folder, exist_ok=True)
    net = net.eval()
    frames, clip = FramesGraph(net), ClipGraph(net)
    axes = {"frames": {0: "n"}, "features": {0: "n"}, "mask": {0: "n"}}
    models = {
        "frames": with_codes(graph_of(frames, torch.zeros(2, 3, SIZE, SIZE), (["frames"], ["features", "mask"], axes)), frames),
        "clip": graph_of(clip, torch.rand(1, 9, CHANNELS), (["features"], ["probabilities"], {"features": {1: "t"}})),
    }
    digests = {}
    for key, model in models.items():
        data = model.SerializeToString()
        digests[key] = hashlib.sha256(data).hexdigest()
        with open(os.path.join(folder, f"{key}.onnx"), "wb") as out:
            out.write(data)
    return {
        "frames": spec(
            "frames.onnx", digests["frames"], [("frames", ["n", 3, SIZE, SIZE])], [("features", ["n", CHANNELS]), ("mask", ["n", 13, 13])]
        ),
        "clip": spec("clip.onnx", digests["clip"], [("features", [1, "t", CHANNELS])], [("probabilities", [CLASSES])]),
    }


def example_frames(count):
    """Frames that any language can make again: value = sin(0.11 r) cos(0.07 c + frame), the same in all channels."""
    r, c = np.meshgrid(np.arange(SIZE), np.arange(SIZE), indexing="ij")
    values = np.stack([np.sin(0.11 * r) * np.cos(0.07 * c + frame) for frame in range(count)])
    return torch.from_numpy(values).float()[:, None].repeat(1, 3, 1, 1)


def answers(net, count):
    """What PyTorch answers to the example frames, for the parity test."""
    with torch.no_grad():
        features, mask = FramesGraph(net.eval())(example_frames(count))
        probabilities = ClipGraph(net)(features[None])
    return {
        "frames": count,
        "features": [[round(v, 6) for v in row[:16].tolist()] for row in features],
        "featureMeans": features.mean(1).tolist(),
        "maskMeans": mask.mean((1, 2)).tolist(),
        "maskCorner": mask[:, 0, 0].tolist(),
        "probabilities": probabilities.tolist(),
    }
