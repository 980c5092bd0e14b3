"""Leg keyframes, simulated by the generator `frames.ts` or read from labelled DICOM files by `leg-folder.ts`.

In: mode, seed, probe families; or a folder and the part of its patients. Out: batches (grey uint8 [n, rows, columns], labels int [n, 8], -1 where nothing
is known) read from the program's pipe, and tensors made of them: augmented for training, plain for evaluation.
"""
import functools
import os
import subprocess

import numpy as np
import torch

HERE = os.path.dirname(os.path.abspath(__file__))
NODE = os.path.join(HERE, "..", "..", "node_modules", ".bin", "node")
LONGITUDINAL, COMPRESSION, POPLITEAL, WITNESS, GRADE, SECTION, FAMILY, NATIVE = range(8)


def message(pipe):
    """The next batch of a pipe or None at its end."""
    head = pipe.read(12)
    if len(head) < 12:
        return None
    frames, rows, columns = np.frombuffer(head, "<i4")
    labels = np.frombuffer(pipe.read(32 * frames), "<i4").reshape(frames, 8).copy()
    pixels = np.frombuffer(pipe.read(frames * rows * columns), np.uint8)
    return pixels.reshape(frames, rows, columns).copy(), labels


class Generator:
    """A generator process; `read()` gives the next batch or None at its end."""

    def __init__(self, mode, seed, families, count=0, batch=16, native=0.05):
        command = [NODE, os.path.join(HERE, "frames.ts"), "--mode", mode, "--seed", str(seed), "--families", families]
        command += ["--count", str(count), "--batch", str(batch), "--native", str(native)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, bufsize=1 << 20)

    def read(self):
        return message(self.process.stdout)

    def close(self):
        self.process.terminate()
        self.process.stdout.close()
        self.process.wait()


class Rendered:
    """A file that `frames.ts` wrote beforehand, read as a generator is."""

    def __init__(self, path):
        self.file = open(path, "rb")

    def read(self):
        return message(self.file)

    def close(self):
        self.file.close()


def sections_of(data, part, largest):
    """Sections of a folder of labelled DICOM files, of the patients of one part, no keyframe larger than `largest`: lists of batches, one a size."""
    command = [NODE, os.path.join(HERE, "leg-folder.ts"), "--data", data, "--part", part]
    command += ["--rows", str(largest[0]), "--columns", str(largest[1])]
    sections = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, bufsize=1 << 20) as process:
        while (batch := message(process.stdout)) is not None:
            if sections and sections[-1][0][1][0, SECTION] == batch[1][0, SECTION]:
                sections[-1].append(batch)
            else:
                sections.append([batch])
    if process.returncode != 0:
        raise SystemExit(f"leg-folder.ts ended with {process.returncode}")
    if not sections:
        raise SystemExit(f"{data}: no labelled keyframes of the part '{part}' (about 70 % of the patients train, 15 % validate, 15 % are held out); more patients are needed")
    return sections


class Pool:
    """Frames of sections by size, so that their aspect stays as the node keeps it; `draw()` gives a batch of one size."""

    def __init__(self, sections):
        sizes = {}
        for pixels, labels in (batch for section in sections for batch in section):
            sizes.setdefault(pixels.shape[1:], []).append((pixels, labels))
        self.groups = [tuple(np.concatenate(parts) for parts in zip(*batches)) for batches in sizes.values()]
        for column in (LONGITUDINAL, COMPRESSION, POPLITEAL, WITNESS):
            # A label that is there in one kind only would teach nothing but that kind.
            if len({value for _, labels in self.groups for value in labels[:, column]} - {-1}) < 2:
                for _, labels in self.groups:
                    labels[:, column] = -1
        self.shares = np.array([len(labels) for _, labels in self.groups], float)
        self.shares /= self.shares.sum()

    def draw(self, count, chance):
        pixels, labels = self.groups[int(chance.choice(len(self.groups), p=self.shares))]
        which = chance.choice(len(pixels), count, replace=len(pixels) < count)
        return pixels[which], labels[which]

    def batches(self, most=16):
        """All frames in turn, at most `most` at once."""
        return [(p[i : i + most], l[i : i + most]) for p, l in self.groups for i in range(0, len(p), most)]


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
