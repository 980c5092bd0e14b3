"""A checkpoint with the keys of torchvision's `r2plus1d_18` as EchoNet saves it, narrow and with random weights, and what it answers.

In: where to write the checkpoint and the answers. Out: both. The network is written here a second time, straight from its keys, so that the converter is
compared with something that is not itself.
"""
import json
import sys

import numpy as np
import torch
from torch.nn import functional as F

PLANES = (8, 16, 24, 32)
BETWEEN = 11

torch.manual_seed(4)
state = {}


def conv(key, outside, inside, size):
    state[f"{key}.weight"] = torch.randn(outside, inside, *size) * (2 / (inside * np.prod(size))) ** 0.5


def norm(key, channels):
    state[f"{key}.weight"] = torch.rand(channels) + 0.5
    state[f"{key}.bias"] = torch.randn(channels) * 0.1
    state[f"{key}.running_mean"] = torch.randn(channels) * 0.1
    state[f"{key}.running_var"] = torch.rand(channels) + 0.5
    state[f"{key}.num_batches_tracked"] = torch.tensor(7)


conv("stem.0", BETWEEN, 3, (1, 7, 7))
norm("stem.1", BETWEEN)
conv("stem.3", PLANES[0], BETWEEN, (3, 1, 1))
norm("stem.4", PLANES[0])
inside = PLANES[0]
for layer, planes in enumerate(PLANES, 1):
    for block in range(2):
        key = f"layer{layer}.{block}"
        for part, channels in (("conv1", inside), ("conv2", planes)):
            conv(f"{key}.{part}.0.0", 2 * planes + 1, channels, (1, 3, 3))
            norm(f"{key}.{part}.0.1", 2 * planes + 1)
            conv(f"{key}.{part}.0.3", planes, 2 * planes + 1, (3, 1, 1))
            norm(f"{key}.{part}.1", planes)
        if block == 0 and layer > 1:
            conv(f"{key}.downsample.0", planes, inside, (1, 1, 1))
            norm(f"{key}.downsample.1", planes)
        inside = planes
state["fc.weight"], state["fc.bias"] = torch.randn(2, PLANES[-1]), torch.randn(2) * 0.1


def normed(x, key):
    values = [state[f"{key}.{name}"] for name in ("running_mean", "running_var", "weight", "bias")]
    return F.batch_norm(x, *values, training=False, eps=1e-5)


def half(x, key, stride):
    x = F.relu(normed(F.conv3d(x, state[f"{key}.0.0.weight"], stride=(1, stride, stride), padding=(0, 1, 1)), f"{key}.0.1"))
    return normed(F.conv3d(x, state[f"{key}.0.3.weight"], stride=(stride, 1, 1), padding=(1, 0, 0)), f"{key}.1")


def maps_of(x):
    x = F.relu(normed(F.conv3d(x, state["stem.0.weight"], stride=(1, 2, 2), padding=(0, 3, 3)), "stem.1"))
    x = F.relu(normed(F.conv3d(x, state["stem.3.weight"], padding=(1, 0, 0)), "stem.4"))
    for layer in range(1, 5):
        for block in range(2):
            key, stride = f"layer{layer}.{block}", 2 if layer > 1 and block == 0 else 1
            beside = x
            if f"{key}.downsample.0.weight" in state:
                beside = normed(F.conv3d(x, state[f"{key}.downsample.0.weight"], stride=stride), f"{key}.downsample.1")
            x = F.relu(half(F.relu(half(x, f"{key}.conv1", stride)), f"{key}.conv2", 1) + beside)
    return x


checkpoint, answers = sys.argv[1:3]
torch.save({"epoch": 3, "state_dict": {f"module.{key}": value for key, value in state.items()}, "period": 2, "frames": 32}, checkpoint)
rows, columns, frames = 48, 40, 6
r, c = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
clip = torch.from_numpy(np.stack([np.sin(0.11 * r) * np.cos(0.07 * c + k) for k in range(frames)])).float()[None, None].repeat(1, 3, 1, 1, 1)
with torch.no_grad():
    maps = maps_of(clip)
    first, second = F.linear(maps.mean((2, 3, 4)), state["fc.weight"], state["fc.bias"])[0].tolist()
with open(answers, "w") as out:
    result = {"frames": frames, "rows": rows, "columns": columns, "maps": list(maps.shape), "features": maps.mean((2, 3, 4))[0].tolist()}
    json.dump({**result, "wallMotion": 1 / (1 + np.exp(-first)), "t1Ms": second}, out)
