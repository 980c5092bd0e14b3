"""Simulated leg keyframes from the generator `frames.ts`.

In: mode, seed, probe families. Out: batches (grey uint8 [n, rows, columns], labels int [n, 8]) read from the generator's pipe,
and tensors made of them: augmented for training, plain for evaluation.
"""
import functools
import os
import subprocess

import numpy as np
import torch

HERE = os.path.dirname(os.path.abspath(__file__))
NODE = os.path.join(HERE, "..", "..", "node_modules", ".bin", "node")
LONGITUDINAL, COMPRESSION, POPLITEAL, WITNESS, GRADE, SECTION, FAMILY, NATIVE = range(8)


class Generator:
    """A generator process; `read()` gives the next batch or None at its end."""

    def __init__(self, mode, seed, families, count=0, batch=16, native=0.05):
        command = [NODE, os.path.join(HERE, "frames.ts"), "--mode", mode, "--seed", str(seed), "--families", families]
        command += ["--count", str(count), "--batch", str(batch), "--native", str(native)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, bufsize=1 << 20)

    def read(self):
        head = self.process.stdout.read(12)
        if len(head) < 12:
            return None
        frames, rows, columns = np.frombuffer(head, "<i4")
        labels = np.frombuffer(self.process.stdout.read(32 * frames), "<i4").reshape(frames, 8).copy()
        pixels = np.frombuffer(self.process.stdout.read(frames * rows * columns), np.uint8)
        return pixels.reshape(frames, rows, columns).copy(), labels

    def close(self):
        self.process.terminate()
        self.process.stdout.close()
        self.process.wait()


@functools.lru_cache(maxsize=512)
def averaging(long, short):
    """Matrix [short, long] of an exact area average of `long` cells to `short` cells."""
    edges = np.linspace(0, long, short + 1)
    cells = np.arange(long)
    overlap = np.minimum(edges[1:, None], cells + 1) - np.maximum(edges[:-1, None], cells)
    return torch.from_numpy(np.clip(overlap, 0, None) * short / long).float()


def resized(pixels, size):
    """Grey uint8 [n, h, w] to float [n, 1, *size] in 0..255, area-averaged as the node does; size None keeps it."""
    frames = torch.from_numpy(pixels).float()
    if size is not None:
        frames = averaging(frames.shape[1], size[0]) @ frames @ averaging(frames.shape[2], size[1]).T
    return frames[:, None]


def fitted(rows, columns, largest):
    """Size that fits into `largest` (rows, columns) with the aspect kept, as the manifest's maxRows and maxColumns ask."""
    shrink = min(1.0, largest[0] / rows, largest[1] / columns)
    return max(1, min(largest[0], round(rows * shrink))), max(1, min(largest[1], round(columns * shrink)))


def as_input(frames):
    """Grey 0..255 [n, 1, h, w] to the network's input: three equal channels in [-1, 1]."""
    return (frames / 127.5 - 1).repeat(1, 3, 1, 1).contiguous(memory_format=torch.channels_last)


def augmented(frames, chance):
    """Flips, 90 degree rotations (of the whole batch), brightness and contrast within 15 %."""
    n = len(frames)
    frames = frames.clone()
    across = torch.from_numpy(chance.random(n) < 0.5)
    frames[across] = frames[across].flip(3)
    upside = torch.from_numpy(chance.random(n) < 0.15)
    frames[upside] = frames[upside].flip(2)
    if chance.random() < 0.15:
        frames = torch.rot90(frames, int(chance.choice([1, 3])), (2, 3))
    brightness = torch.from_numpy(chance.uniform(-0.15, 0.15, (n, 1, 1, 1))).float() * 255
    contrast = torch.from_numpy(chance.uniform(0.85, 1.15, (n, 1, 1, 1))).float()
    mean = frames.mean((2, 3), keepdim=True)
    return ((frames - mean) * contrast + mean + brightness).clamp(0, 255)
