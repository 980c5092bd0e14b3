"""AutoDVT as a graph file.

In: a trained network. Out: its dequantised copy, `network.onnx` in a folder with what the manifest says of it, and a fixture of answers.
"""
import copy
import hashlib
import os

import numpy as np
import torch
from torch import nn

from autodvt import LANDMARKS, SIDE, STACK
from dvt_clips import as_input
from export_onnx import graph_of, spec, with_codes
from quantise import fold_sequences_

OUTPUTS = ["landmark", "open", "landmark_map", "open_map"]


def quantised(model):
    """A copy in evaluation mode, folded and with dequantised weights; the figures of the model folder are those of this copy."""
    return fold_sequences_(copy.deepcopy(model).eval())


class DvtGraph(nn.Module):
    """frames [1, 1, t, h, w] -> P(landmark) [t-8, 3], P(open) [t-8], and class activation maps [t-8, 3, mh, mw] and [t-8, 1, mh, mw]."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, frames):
        landmark, lumen, maps = self.model(frames)
        classes = len(LANDMARKS)
        return landmark[0].softmax(1), torch.sigmoid(lumen[0]), maps[0, :, :classes], maps[0, :, classes:]


def write_graph(model, folder):
    """Writes the graph of a quantised network; gives the manifest's `graphs`."""
    os.makedirs(folder, exist_ok=True)
    graph = DvtGraph(model).eval()
    axes = {"frames": {2: "t", 3: "h", 4: "w"}, **{name: {0: "n"} for name in OUTPUTS[:2]}, **{name: {0: "n", 2: "mh", 3: "mw"} for name in OUTPUTS[2:]}}
    data = with_codes(graph_of(graph, torch.zeros(1, 1, STACK + 2, SIDE, SIDE), (["frames"], OUTPUTS, axes)), graph).SerializeToString()
    with open(os.path.join(folder, "network.onnx"), "wb") as out:
        out.write(data)
    shapes = [["t-8", 3], ["t-8"], ["t-8", 3, "mh", "mw"], ["t-8", 1, "mh", "mw"]]
    digest = hashlib.sha256(data).hexdigest()
    return {"network": spec("network.onnx", digest, [("frames", [1, 1, "t", "h", "w"])], list(zip(OUTPUTS, shapes)))}


def pattern(frames):
    """Frames that any language can make again: grey = 96 + 80 sin(0.09 r + 0.2 k) cos(0.05 c - 0.1 k) for frame k."""
    k, r, c = np.meshgrid(np.arange(frames), np.arange(SIDE), np.arange(SIDE), indexing="ij")
    return torch.from_numpy(96 + 80 * np.sin(0.09 * r + 0.2 * k) * np.cos(0.05 * c - 0.1 * k)).float()


def fixture(model, frames=12):
    """PyTorch's answers to the pattern, each from its own stack of nine."""
    rows = []
    graph = DvtGraph(model).eval()
    with torch.no_grad():
        for first in range(frames - STACK + 1):
            landmark, lumen, landmark_map, lumen_map = graph(as_input(pattern(frames)[None, first : first + STACK]))
            rows.append(
                {
                    "landmark": [round(value, 6) for value in landmark[0].tolist()],
                    "open": round(lumen[0].item(), 6),
                    "landmarkMap": [round(value, 5) for value in landmark_map[0].flatten().tolist()],
                    "openMap": [round(value, 5) for value in lumen_map[0].flatten().tolist()],
                }
            )
    return {"frames": frames, "answers": rows}
