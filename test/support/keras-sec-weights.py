"""Keras weights of a narrow ResNet50V2 with an attention head, random, in the layout of `model.save`, and what they answer.

In: where to write the weights and the answers. Out: both. The network is written here a second time, straight from the names of its layers, so that the converter is
compared with something that is not itself.
"""
import json
import sys

import h5py
import numpy as np
import torch
from torch.nn import functional as F

STACKS = ((2, 4, 3, 2), (3, 6, 4, 2), (4, 8, 6, 2), (5, 10, 3, 1))
chance = np.random.default_rng(9)
weights = {}


def conv(layer, size, inside, outside, bias):
    weights[f"{layer}/kernel"] = chance.normal(size=(size, size, inside, outside)) * (1 / (size * size * inside)) ** 0.5
    if bias:
        weights[f"{layer}/bias"] = chance.normal(size=outside) * 0.1


def norm(layer, channels):
    for name, values in (("gamma", 1), ("beta", 0), ("moving_mean", 0), ("moving_variance", 1)):
        weights[f"{layer}/{name}"] = values + 0.2 * chance.random(channels)


def dense(layer, inside, outside):
    weights[f"{layer}/kernel"] = chance.normal(size=(inside, outside)) * (1 / inside) ** 0.5
    weights[f"{layer}/bias"] = chance.normal(size=outside) * 0.1


conv("conv1_conv", 7, 3, 6, True)
channels = 6
for stack, width, depth, _ in STACKS:
    for n in range(1, depth + 1):
        key = f"conv{stack}_block{n}"
        norm(f"{key}_preact_bn", channels)
        if n == 1:
            conv(f"{key}_0_conv", 1, channels, 4 * width, True)
        conv(f"{key}_1_conv", 1, channels, width, False)
        norm(f"{key}_1_bn", width)
        conv(f"{key}_2_conv", 3, width, width, False)
        norm(f"{key}_2_bn", width)
        conv(f"{key}_3_conv", 1, width, 4 * width, True)
        channels = 4 * width
norm("post_bn", channels)
for layer, outside in (("att_v", 7), ("sec", 1), ("view", 1), ("pressed", 1)):
    dense(layer, channels, outside)
dense("att_w", 7, 1)
weights = {name: torch.from_numpy(np.asarray(values, np.float32)) for name, values in weights.items()}


def convolved(x, layer, stride=1, padding=0):
    return F.conv2d(x, weights[f"{layer}/kernel"].permute(3, 2, 0, 1), weights.get(f"{layer}/bias"), stride, padding)


def normed(x, layer):
    values = [weights[f"{layer}/{name}"] for name in ("moving_mean", "moving_variance", "gamma", "beta")]
    return F.relu(F.batch_norm(x, *values, training=False, eps=1.001e-5))


def features_of(x):
    x = F.max_pool2d(F.pad(convolved(x, "conv1_conv", 2, 3), (1, 1, 1, 1)), 3, 2)
    for stack, _, depth, last in STACKS:
        for n in range(1, depth + 1):
            key, stride = f"conv{stack}_block{n}", last if n == depth else 1
            before = normed(x, f"{key}_preact_bn")
            beside = convolved(before, f"{key}_0_conv", stride) if n == 1 else x[:, :, ::stride, ::stride]
            y = normed(convolved(before, f"{key}_1_conv"), f"{key}_1_bn")
            y = normed(convolved(y, f"{key}_2_conv", stride, 1), f"{key}_2_bn")
            x = beside + convolved(y, f"{key}_3_conv")
    return normed(x, "post_bn").mean((2, 3))


def linear(x, layer):
    return x @ weights[f"{layer}/kernel"] + weights[f"{layer}/bias"]


path, answers = sys.argv[1:3]
with h5py.File(path, "w") as file:
    for name, values in weights.items():
        layer, variable = name.split("/")
        inside = "resnet50v2" if "conv" in layer or "bn" in layer else layer
        file[f"model_weights/{inside}/{layer}/{variable}:0"] = values.numpy()
rows, columns, count = 72, 96, 3
r, c = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
frames = np.stack([np.sin(0.11 * r) * np.cos(0.07 * c + k) for k in range(count)])
x = features_of(torch.from_numpy(frames).float()[:, None].repeat(1, 3, 1, 1))
attention = torch.softmax(linear(torch.tanh(linear(x, "att_v")), "att_w")[:, 0], 0)
result = {
    "rows": rows,
    "columns": columns,
    "frames": count,
    "features": x.tolist(),
    "longitudinal": torch.sigmoid(linear(x, "view"))[:, 0].tolist(),
    "compression": torch.sigmoid(linear(x, "pressed"))[:, 0].tolist(),
    "attention": attention.tolist(),
    "sec": torch.sigmoid(linear(attention @ x, "sec")).item(),
}
with open(answers, "w") as out:
    json.dump(result, out)
