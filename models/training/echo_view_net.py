"""The network of echo-view: which view an echo frame shows.

In: frames [n, 1, 112, 112]. Out: logits [n, 4] of A4C, A2C, PLAX, other.
"""
from torch import nn

SIZE = 112
CLASSES = ("A4C", "A2C", "PLAX", "other")
MEAN, DEVIATION = 30.0, 45.0


def step(inside, outside, stride):
    return nn.Sequential(nn.Conv2d(inside, outside, 3, stride, 1, bias=False), nn.BatchNorm2d(outside), nn.ReLU())


class EchoViewNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(step(1, 16, 2), step(16, 32, 2), step(32, 64, 2), step(64, 64, 1), step(64, 128, 2), step(128, 128, 1))
        self.classes = nn.Linear(128, len(CLASSES))

    def forward(self, frames):
        return self.classes(self.features(frames).mean((2, 3)))
