"""Lung cines from `lung-cines.ts`, simulated or read from a folder of labelled DICOM files, brought to the network's size and kept in a file.

In: seed, count, frames a cine, probe families; or a folder. Out: `NAME.npz` with grey uint8 [n, 224, 224], and for each cine its first frame, frames and labels.
"""
import argparse
import os
import subprocess
import sys

import numpy as np
import torch

from leg_frames import NODE, averaging

HERE = os.path.dirname(os.path.abspath(__file__))
SIZE = 224
SCORE, SEED, FAMILY, KIND, NATIVE = range(5)
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def messages(arguments):
    """Cines of the generator: (grey uint8 [n, rows, columns], labels [5])."""
    process = subprocess.Popen([NODE, os.path.join(HERE, "lung-cines.ts"), *arguments], stdout=subprocess.PIPE, bufsize=1 << 20)
    while len(head := process.stdout.read(32)) == 32:
        frames, rows, columns, *labels = np.frombuffer(head, "<i4")
        pixels = np.frombuffer(process.stdout.read(int(frames) * int(rows) * int(columns)), np.uint8)
        yield pixels.reshape(frames, rows, columns), np.array(labels)
    if process.wait() != 0:
        raise RuntimeError(f"the generator ended with {process.returncode}")


def stretched(pixels):
    """Grey uint8 [n, h, w] to float [n, 224, 224] in 0..255, area-averaged as the node does (fit: stretch)."""
    frames = torch.from_numpy(pixels.copy()).float()
    return averaging(frames.shape[1], SIZE) @ frames @ averaging(frames.shape[2], SIZE).T


def as_input(frames):
    """Grey 0..255 [n, h, w] to the network's input: three equal channels, ImageNet normalisation."""
    mean, deviation = (torch.tensor(v).view(1, 3, 1, 1) for v in (MEAN, DEVIATION))
    return (frames[:, None] / 255 - mean) / deviation


def collect(arguments, path, count):
    """Renders cines into a file; does nothing when the file is there."""
    if os.path.exists(path):
        return
    pixels, first, labels = [], [0], []
    for number, (frames, label) in enumerate(messages(arguments), 1):
        pixels.append(stretched(frames).round().to(torch.uint8).numpy())
        first.append(first[-1] + len(frames))
        labels.append(label)
        bar = "" if count is None else f"[{'#' * (30 * number // count):30s}] "
        print(f"\r{bar}{number}/{count or '?'} cines", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    if not pixels:
        sys.exit("lung_cines.py: no cine was found: the folder needs DICOM files and a labels.json with their areas and scores, of patients of that part")
    with open(path + ".part", "wb") as out:
        np.savez(out, pixels=np.concatenate(pixels), first=np.array(first), labels=np.stack(labels))
    os.replace(path + ".part", path)


def load(*paths):
    """Cines of several files as one: pixels [n, 224, 224], first [cines + 1], labels [cines, 5]. Ends the program where one cannot be read."""
    try:
        parts = [np.load(path) for path in paths]
    except (OSError, ValueError) as error:
        sys.exit(f"No file of lung_cines.py: {error}")
    lengths = np.concatenate([np.diff(part["first"]) for part in parts])
    return (
        np.concatenate([part["pixels"] for part in parts]),
        np.concatenate([[0], np.cumsum(lengths)]),
        np.concatenate([part["labels"] for part in parts]),
    )


def main():
    parser = argparse.ArgumentParser(description="Renders simulated lung cines into a file, or reads those of a folder.")
    parser.add_argument("--out", required=True)
    parser.add_argument("--data", help="folder of DICOM files with labels.json files; then only --part and --frames count besides")
    parser.add_argument("--part", choices=("all", "train", "validation", "held-out"), default="all", help="of the folder's patients")
    parser.add_argument("--seed", type=int, default=1_000_000)
    parser.add_argument("--count", type=int, default=16)
    parser.add_argument("--frames", type=int, default=4)
    parser.add_argument("--pick", choices=("spread", "run", "all"), default="spread")
    parser.add_argument("--families", default="alpha,beta")
    parser.add_argument("--native", type=float, default=0.1)
    options = parser.parse_args()
    torch.set_num_threads(1)
    arguments = [f"--{name}={value}" for name, value in vars(options).items() if name != "out" and value is not None]
    collect(arguments, options.out, options.count if options.data is None else None)


if __name__ == "__main__":
    main()
