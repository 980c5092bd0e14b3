"""ResNet50V2 as Keras lays it out, in PyTorch.

In: frames float [n, 3, h, w] in [-1, 1]. Out: the post-ReLU feature map [n, 2048, h/32, w/32].
Facts kept: 7x7 stem with bias and no normalisation; zero-padded max-pool (zeros, not minus infinity); pre-activated blocks with the
projection taken from the pre-activated tensor; stride 2 in the last block of stacks 2 to 4; biases on projections, on the last 1x1 and
on the stem only; batch normalisation epsilon 1.001e-5.
"""
import torch
from torch import nn
from torch.nn import functional as F

EPSILON = 1.001e-5
STACKS = ((64, 3, 2), (128, 4, 2), (256, 6, 2), (512, 3, 1))


def norm(channels):
    return nn.BatchNorm2d(channels, eps=EPSILON, momentum=0.05)


class Block(nn.Module):
    def __init__(self, channels_in, width, stride, project):
        super().__init__()
        self.stride = stride
        self.preact_bn = norm(channels_in)
        self.conv0 = nn.Conv2d(channels_in, 4 * width, 1, stride=stride) if project else None
        self.conv1 = nn.Conv2d(channels_in, width, 1, bias=False)
        self.bn1 = norm(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride=stride, padding=1, bias=False)
        self.bn2 = norm(width)
        self.conv3 = nn.Conv2d(width, 4 * width, 1)

    def forward(self, x):
        pre = F.relu(self.preact_bn(x))
        if self.conv0 is not None:
            shortcut = self.conv0(pre)
        elif self.stride > 1:
            shortcut = F.max_pool2d(x, 1, self.stride)
        else:
            shortcut = x
        y = F.relu(self.bn1(self.conv1(pre)))
        y = F.relu(self.bn2(self.conv2(y)))
        return shortcut + self.conv3(y)


class ResNet50V2(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3)
        blocks = []
        channels = 64
        for width, depth, stride in STACKS:
            for i in range(depth):
                blocks.append(Block(channels, width, stride if i == depth - 1 else 1, project=i == 0))
                channels = 4 * width
        self.blocks = nn.Sequential(*blocks)
        self.post_bn = norm(channels)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_in", nonlinearity="relu")
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
        for block in self.blocks:
            # Residual branches start small, so that 16 blocks train from random weights from the first step.
            block.conv3.weight.data.mul_(0.2)

    def forward(self, frames):
        x = self.conv1(frames)
        x = F.max_pool2d(F.pad(x, (1, 1, 1, 1)), 3, 2)
        x = self.blocks(x)
        return F.relu(self.post_bn(x))


def parameter_count(model):
    """All parameters with the running statistics of normalisation, as Keras counts them: 23,564,800."""
    total = sum(p.numel() for p in model.parameters())
    return total + sum(b.numel() for name, b in model.named_buffers() if "running" in name)
