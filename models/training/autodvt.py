"""AutoDVT: landmark and open or closed vein, from stacks of nine consecutive frames (Tanno et al. 2018, Table 1).

In: grey clips [n, 1, t, 150, 150], normalised. Out: for each frame from the ninth on, landmark logits [n, t-8, 3], the logit of an open
vein [n, t-8], and class activation maps [n, t-8, 4, 2, 2] (three landmarks, open). Stride in time is 1 and no layer pads, so a whole clip
gives the same answers as its stacks of nine one by one.
"""
import torch
from torch import nn
from torch.nn import functional as F

LANDMARKS = ("background", "LM1", "LM2")
STACK = 9
SIDE = 150


def block3d(into, out):
    return [nn.Conv3d(into, out, 3, stride=(1, 2, 2)), nn.BatchNorm3d(out), nn.ReLU()]


def branch(classes):
    """Two convolutions and the linear classifier of a task; the classifier follows the global average."""
    layers = []
    for _ in range(2):
        layers += [nn.Conv2d(128, 128, 3), nn.BatchNorm2d(128), nn.ReLU(), nn.Dropout(0.2)]
    return nn.Sequential(*layers), nn.Linear(128, classes)


class AutoDVT(nn.Module):
    def __init__(self):
        super().__init__()
        self.stacks = nn.Sequential(*block3d(1, 32), *block3d(32, 32), *block3d(32, 64), *block3d(64, 64))
        self.shared = nn.Sequential(nn.Conv2d(64, 128, 3), nn.BatchNorm2d(128), nn.ReLU())
        self.landmark, self.landmark_linear = branch(len(LANDMARKS))
        self.lumen, self.lumen_linear = branch(1)

    def forward(self, clips):
        return self.answers(self.stacks(clips))

    def still(self, frames):
        """The same for frames [n, 1, 150, 150] that stand still for nine frames, t = 9, at a twelfth of the cost: over equal frames a kernel is the sum of its taps."""
        for layer in self.stacks:
            if isinstance(layer, nn.Conv3d):
                frames = F.conv2d(frames, layer.weight.sum(2), layer.bias, layer.stride[1:])
            else:
                frames = layer(frames[:, :, None])[:, :, 0]
        return self.answers(frames[:, :, None])

    def answers(self, stacks):
        n, channels, t, rows, columns = stacks.shape
        frames = self.shared(stacks.transpose(1, 2).reshape(n * t, channels, rows, columns))
        landmark, lumen = self.landmark(frames), self.lumen(frames)
        answers = self.landmark_linear(landmark.mean((2, 3))), self.lumen_linear(lumen.mean((2, 3)))
        maps = torch.cat(
            [
                torch.einsum("nchw,kc->nkhw", part, linear.weight)
                for part, linear in ((landmark, self.landmark_linear), (lumen, self.lumen_linear))
            ],
            1,
        )
        return answers[0].view(n, t, -1), answers[1].view(n, t), maps.view(n, t, *maps.shape[1:])


def multiply_adds(frames=STACK):
    """Multiply-adds of a clip of so many frames by layer, both tasks; divide by frames - 8 for those of one answer."""
    side, t, total = SIDE, frames, {}
    for name, into, out in (("conv3d-1", 1, 32), ("conv3d-2", 32, 32), ("conv3d-3", 32, 64), ("conv3d-4", 64, 64)):
        side, t = (side - 3) // 2 + 1, t - 2
        total[name] = side * side * t * 27 * into * out
    for name, into, copies in (("shared", 64, 1), ("task-1", 128, 2), ("task-2", 128, 2)):
        side -= 2
        total[name] = side * side * t * 9 * into * 128 * copies
    total["linear"] = t * 128 * (len(LANDMARKS) + 1)
    return total
