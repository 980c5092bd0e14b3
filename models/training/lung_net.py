"""The network of lung-score, after Corso's report (AlexNet, spatial attention, Bi-LSTM, linear; SORD loss).

In: frames of one cine [t, 3, 224, 224], ImageNet normalisation. Out: logits of the four scores, and one mask a frame [t, 13, 13].
Key names: `features.N.*` as torchvision's AlexNet, `attention.N.*`, `lstm.*`, `linear.*`.
"""
import torch
from torch import nn
from torch.nn import functional as F

from quantise import fold

CLASSES = 4
CHANNELS = 256
# torchvision's AlexNet without its last pooling, so that 224 x 224 gives 13 x 13 places: (inputs, outputs, kernel, stride, padding), or None for a pooling.
LAYOUT = ((3, 64, 11, 4, 2), None, (64, 192, 5, 1, 2), None, (192, 384, 3, 1, 1), (384, 256, 3, 1, 1), (256, 256, 3, 1, 1))
READOUTS = ("mean", "last", "ends")


def alexnet(normalised=False):
    """Features of AlexNet; `normalised` puts a batch normalisation behind each convolution, for training from random weights."""
    layers = []
    for row in LAYOUT:
        if row is None:
            layers.append(nn.MaxPool2d(3, 2))
            continue
        inputs, outputs, kernel, stride, padding = row
        layers.append(nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=not normalised))
        nn.init.kaiming_normal_(layers[-1].weight, nonlinearity="relu")
        layers += [nn.BatchNorm2d(outputs), nn.ReLU()] if normalised else [nn.ReLU()]
    return nn.Sequential(*layers)


def mask_layers(widths=(64, 16, 1), kernels=(3, 3, 1)):
    """Three convolutions that give one value a place (or one a place and channel); the sigmoid behind them makes it a mask."""
    inputs = (CHANNELS, *widths[:2])
    first, second, third = (nn.Conv2d(*shape, padding=shape[2] // 2) for shape in zip(inputs, widths, kernels))
    return nn.Sequential(first, nn.ReLU(), second, nn.ReLU(), third)


def attended(features, attention, frames):
    """Pooled features [n, 256] of X * M, and the masks M [n, h, w]."""
    places = features(frames)
    mask = torch.sigmoid(attention(places))
    return (places * mask).mean((2, 3)), mask.mean(1)


class Trunk(nn.Module):
    """The frame part with normalisation and a linear head of its own: what is trained first, on single frames."""

    def __init__(self):
        super().__init__()
        self.features, self.attention = alexnet(normalised=True), mask_layers()
        self.head = nn.Sequential(nn.BatchNorm1d(CHANNELS), nn.Dropout(0.2), nn.Linear(CHANNELS, CLASSES))

    def forward(self, frames):
        pooled, mask = attended(self.features, self.attention, frames)
        return self.head(pooled), mask


class LungNet(nn.Module):
    def __init__(self, hidden=64, widths=(64, 16, 1), kernels=(3, 3, 1), readout="mean"):
        super().__init__()
        self.features, self.attention = alexnet(), mask_layers(widths, kernels)
        self.lstm = nn.LSTM(CHANNELS, hidden, batch_first=True, bidirectional=True)
        self.linear = nn.Linear(2 * hidden, CLASSES)
        self.readout = readout

    def classify(self, pooled):
        """Logits [b, 4] of sequences [b, t, 256]."""
        states, _ = self.lstm(pooled)
        if self.readout == "mean":
            read = states.mean(1)
        elif self.readout == "last":
            read = states[:, -1]
        else:
            half = states.shape[2] // 2
            read = torch.cat([states[:, -1, :half], states[:, 0, half:]], 1)
        return self.linear(read)

    def forward(self, frames):
        pooled, mask = attended(self.features, self.attention, frames)
        return self.classify(pooled[None])[0], mask


def take_trunk(net, trunk):
    """Puts a trained trunk into a network, its normalisation folded into the convolutions before it: torchvision's layout again."""
    layers = list(trunk.features)
    folded = [fold(layer, layers[i + 1]) if isinstance(layer, nn.Conv2d) else layer for i, layer in enumerate(layers)]
    net.features = nn.Sequential(*(layer for layer in folded if not isinstance(layer, nn.BatchNorm2d)))
    net.attention.load_state_dict(trunk.attention.state_dict())


def sord_loss(logits, scores):
    """Soft ordinal loss (Roy and others 2020): cross entropy against softmax(-2 (j - y)^2)."""
    ranks = torch.arange(CLASSES).float()
    target = torch.softmax(-2 * (ranks[None] - scores[:, None].float()) ** 2, 1)
    return -(target * F.log_softmax(logits, 1)).sum(1).mean()
