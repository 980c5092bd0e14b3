"""Windows of compression cines from the generator `dvt-clips.ts`.

In: a file of its messages, which may still be growing. Out: clips (grey uint8 [t, rows, columns]) with their labels, and tensors made of
them: on the network's canvas, augmented for training or plain for evaluation.
"""
import os
import sys

import numpy as np
import torch
from torch.nn import functional as F

from autodvt import SIDE

MEAN, DEVIATION = 0.2, 0.2
CLOSED_BELOW = 0.2


class ClipFile:
    """The clips of a file of messages, and their probe families; `grow()` takes those that were written since."""

    def __init__(self, path):
        if not os.path.isfile(path):
            sys.exit(f"{path}: there is no such file; dvt-clips.ts writes them")
        self.path, self.offset, self.clips, self.families = path, 0, [], []

    def grow(self):
        size = os.path.getsize(self.path)
        with open(self.path, "rb") as file:
            while self.offset + 16 <= size:
                file.seek(self.offset)
                frames, rows, columns, family = np.frombuffer(file.read(16), "<i4")
                length = 16 + int(frames) * (8 + int(rows) * int(columns))
                if self.offset + length > size:
                    break
                labels = np.frombuffer(file.read(8 * frames), "<i4").reshape(frames, 2)
                pixels = np.frombuffer(file.read(frames * rows * columns), np.uint8).reshape(frames, rows, columns)
                self.clips.append((pixels, labels[:, 0].astype(np.int64), np.where(labels[:, 1] < 0, -1, labels[:, 1] / 1000)))
                self.families.append(int(family))
                self.offset += length
        return len(self.clips)


def on_canvas(pixels):
    """Grey uint8 [t, rows, columns] in the middle of a black canvas [t, 150, 150]; what is larger is cut."""
    t, rows, columns = pixels.shape
    canvas = np.zeros((t, SIDE, SIDE), np.uint8)
    take = [min(size, SIDE) for size in (rows, columns)]
    of = [(size - part) // 2 for size, part in zip((rows, columns), take)]
    to = [(SIDE - part) // 2 for part in take]
    canvas[:, to[0] : to[0] + take[0], to[1] : to[1] + take[1]] = pixels[:, of[0] : of[0] + take[0], of[1] : of[1] + take[1]]
    return canvas


def as_input(grey):
    """Grey 0..255 [n, t, 150, 150] to the network's input [n, 1, t, 150, 150]."""
    return ((grey / 255 - MEAN) / DEVIATION)[:, None]


def open_target(share):
    """What the open/closed task is trained on: 0 for a closed vein, 1 for one as wide as at rest, 0.5 at the threshold of area."""
    low = np.clip((share - 0.05) / 0.3, 0, 0.5)
    return np.where(share < CLOSED_BELOW, low, 0.5 + 0.5 * np.clip((share - CLOSED_BELOW) / 0.6, 0, 1))


def augmented(grey, chance):
    """Each clip turned, scaled, moved, mirrored, run backwards, brighter or darker, with other contrast, gamma and noise."""
    n, t = grey.shape[:2]
    turn = chance.uniform(-0.22, 0.22, n)
    scale = chance.uniform(0.85, 1.18, n)
    mirror = np.where(chance.random(n) < 0.5, -1.0, 1.0)
    theta = np.zeros((n, 2, 3), np.float32)
    theta[:, 0, 0], theta[:, 0, 1] = mirror * np.cos(turn) / scale, -np.sin(turn) / scale
    theta[:, 1, 0], theta[:, 1, 1] = mirror * np.sin(turn) / scale, np.cos(turn) / scale
    theta[:, :, 2] = chance.uniform(-0.12, 0.12, (n, 2))
    grid = F.affine_grid(torch.from_numpy(theta), (n, t, SIDE, SIDE), align_corners=False)
    moved = F.grid_sample(grey, grid, align_corners=False) / 255

    def each(low, high):
        return torch.from_numpy(chance.uniform(low, high, (n, 1, 1, 1))).float()

    lit = moved.clamp(1e-4, 1) ** each(0.75, 1.35) * each(0.75, 1.25)
    # Only what is picture is lit: the canvas around it stays black.
    lit = lit + (moved > 0.01) * each(-0.06, 0.06) + torch.randn(n, t, SIDE, SIDE) * each(0, 0.03) * (moved > 0.01)
    return lit.clamp(0, 1) * 255


def augmented_input(grey, chance):
    return as_input(augmented(grey, chance))
