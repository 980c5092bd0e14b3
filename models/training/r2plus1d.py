"""R(2+1)D-18 with the layer names of torchvision's `r2plus1d_18`, so that checkpoints of that layout load by name.

In: clips [n, 3, t, h, w]. Out: feature maps [n, 512, t/8, h/16, w/16] (rounded up). Torchvision itself is not needed.

A narrow form has a share of the channels everywhere; `widened` makes the full network of it that gives the same answers, channels repeated and the
weights that read them shared out (Chen and others, Net2Net, ICLR 2016).
"""
import torch
from torch import nn

PLANES = (64, 128, 256, 512)
STEM = 45


def middle(inside, outside):
    """Channels between the halves of a factored convolution: as many weights as the full 3x3x3 would have (Tran et al., CVPR 2018)."""
    return (inside * outside * 27) // (inside * 9 + 3 * outside)


def share(channels, width):
    """That share of the channels, in whole eights for speed."""
    return channels if width == 1 else max(8, 8 * round(channels * width / 8))


class Factored(nn.Sequential):
    """1x3x3 convolution, normalisation, rectifier, 3x1x1 convolution."""

    def __init__(self, inside, outside, between, stride=1):
        super().__init__(
            nn.Conv3d(inside, between, (1, 3, 3), (1, stride, stride), (0, 1, 1), bias=False),
            nn.BatchNorm3d(between),
            nn.ReLU(inplace=True),
            nn.Conv3d(between, outside, (3, 1, 1), (stride, 1, 1), (1, 0, 0), bias=False),
        )


class Block(nn.Module):
    def __init__(self, inside, outside, stride, width=1):
        super().__init__()
        between = share(middle(inside, outside), width)
        inside, outside = share(inside, width), share(outside, width)
        self.conv1 = nn.Sequential(Factored(inside, outside, between, stride), nn.BatchNorm3d(outside), nn.ReLU(inplace=True))
        self.conv2 = nn.Sequential(Factored(outside, outside, between), nn.BatchNorm3d(outside))
        self.relu = nn.ReLU(inplace=True)
        self.downsample = None
        if stride != 1 or inside != outside:
            self.downsample = nn.Sequential(nn.Conv3d(inside, outside, 1, stride, bias=False), nn.BatchNorm3d(outside))

    def forward(self, clip):
        beside = clip if self.downsample is None else self.downsample(clip)
        return self.relu(self.conv2(self.conv1(clip)) + beside)


class R2Plus1D(nn.Module):
    """The trunk: 31,300,125 parameters without `fc`."""

    def __init__(self, width=1):
        super().__init__()
        between, outside = share(STEM, width), share(PLANES[0], width)
        self.stem = nn.Sequential(
            nn.Conv3d(3, between, (1, 7, 7), (1, 2, 2), (0, 3, 3), bias=False),
            nn.BatchNorm3d(between),
            nn.ReLU(inplace=True),
            nn.Conv3d(between, outside, (3, 1, 1), 1, (1, 0, 0), bias=False),
            nn.BatchNorm3d(outside),
            nn.ReLU(inplace=True),
        )
        inside = 64
        for number, planes in enumerate(PLANES, 1):
            stride = 1 if number == 1 else 2
            setattr(self, f"layer{number}", nn.Sequential(Block(inside, planes, stride, width), Block(planes, planes, 1, width)))
            inside = planes
        for module in self.modules():
            if isinstance(module, nn.Conv3d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, clips):
        clips = self.stem(clips)
        for number in range(1, 5):
            clips = getattr(self, f"layer{number}")(clips)
        return clips


def network_of(state):
    """The network that a state dict of torchvision's layout describes, filled with it; channels are those of its weights. Keys it does not know are left."""
    network = R2Plus1D(width=1 / 8)
    missing = sorted(key for key in network.state_dict() if key not in state and not key.endswith("num_batches_tracked"))
    if missing:
        raise KeyError(f"it lacks {', '.join(missing[:3])}" + (f" and {len(missing) - 3} more" if len(missing) > 3 else ""))
    for name, part in list(network.named_modules()):
        parent = network.get_submodule(name.rpartition(".")[0])
        child = name.rpartition(".")[2]
        if isinstance(part, nn.Conv3d):
            outside, inside = state[f"{name}.weight"].shape[:2]
            setattr(parent, child, nn.Conv3d(inside, outside, part.kernel_size, part.stride, part.padding, bias=False))
        elif isinstance(part, nn.BatchNorm3d):
            setattr(parent, child, nn.BatchNorm3d(len(state[f"{name}.weight"])))
    wanted = network.state_dict()
    network.load_state_dict({key: state.get(key, value) for key, value in wanted.items()})
    return network.eval()


def repeats(narrow, full):
    """For each full channel the narrow one it repeats, and how often each narrow one is repeated."""
    source = torch.arange(full) % narrow
    return source, torch.bincount(source, minlength=narrow).float()


def widened(narrow):
    """The full network that answers as the narrow one does."""
    full = R2Plus1D().eval()
    parts = dict(narrow.named_modules())
    with torch.no_grad():
        for name, part in full.named_modules():
            source = parts[name]
            if isinstance(part, nn.Conv3d):
                outside, _ = repeats(source.out_channels, part.out_channels)
                inside, count = repeats(source.in_channels, part.in_channels)
                part.weight.copy_(source.weight[outside][:, inside] / count[inside].view(1, -1, 1, 1, 1))
            elif isinstance(part, nn.BatchNorm3d):
                outside, _ = repeats(source.num_features, part.num_features)
                for key in ("weight", "bias", "running_mean", "running_var"):
                    getattr(part, key).copy_(getattr(source, key)[outside])
    return full


def widened_linear(narrow, channels):
    """The weights of a linear layer on the features of a widened network."""
    inside, count = repeats(narrow.shape[1], channels)
    return narrow[:, inside] / count[inside]


def features(maps):
    """Average over time and place: [n, 512]."""
    return maps.mean((2, 3, 4))


def parameters(module):
    return sum(p.numel() for p in module.parameters())


if __name__ == "__main__":
    print(parameters(R2Plus1D()), tuple(R2Plus1D().eval()(torch.zeros(1, 3, 32, 112, 112)).shape))
