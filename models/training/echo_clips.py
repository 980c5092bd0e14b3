"""Simulated echo clips from the generator `echo-clips.ts`.

In: files of its messages. Out: clips (grey uint8 [t, 112, 112]) with their labels.
"""
import os
import sys

import numpy as np

NAMES = "view visible patient seed family heart_rate frame_rate native interval_ms column row t1_ms t2_tenths ecv_tenths late".split()
SHARES = 7
LABELS = len(NAMES) + SHARES
HEARTS = ("A4C", "A2C", "PLAX", "A5C", "PSAX", "SC4C")
#: What is no heart comes from `echo-others.ts`.
VIEWS = (*HEARTS, "leg", "lung", "organ", "speckle", "screen")
CMR_VIEWS = VIEWS[:3]


class Clips:
    """Clips of files that may still grow; `more()` reads what has come since."""

    def __init__(self, *paths):
        self.offsets = {path: 0 for path in paths}
        self.frames, self.labels = [], []
        if self.more() == 0:
            sys.exit(f"{', '.join(map(str, paths))}: no clip is in there; echo-clips.ts writes them")

    def more(self):
        for path, offset in self.offsets.items():
            if not os.path.exists(path):
                continue
            with open(path, "rb") as file:
                file.seek(offset)
                while True:
                    head = np.frombuffer(file.read(4 * (3 + LABELS)), "<i4")
                    if len(head) < 3 + LABELS:
                        break
                    count, rows, columns = head[:3]
                    pixels = file.read(int(count * rows * columns))
                    if len(pixels) < count * rows * columns:
                        break
                    self.frames.append(np.frombuffer(pixels, np.uint8).reshape(count, rows, columns))
                    self.labels.append(head[3:])
                    self.offsets[path] = file.tell()
        return len(self.frames)

    def column(self, name):
        return np.array([label[NAMES.index(name)] for label in self.labels])

    def shares(self):
        """Share of normal motion [n, 7]: base, middle and apical third of both walls (left, right, left, ...), then the apex; 0: not shown."""
        return np.array([label[len(NAMES) :] for label in self.labels]) / 1000

    def shares_of(self, picks):
        return np.array([self.labels[i][len(NAMES) :] for i in picks]) / 1000
