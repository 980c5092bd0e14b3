"""Weight-only int8 per output channel.

In: a trained network. Out: the same network with normalisation folded into the convolution before it where there is one,
and every convolution weight replaced by its dequantised value; codes and scales are kept on the module for the export.
Convolutions of two and of three dimensions.
"""
import copy

import torch
from torch import nn


def per_channel(values, weight):
    """One value an output channel, shaped to multiply the weight."""
    return values.reshape(-1, *[1] * (weight.dim() - 1))


def fold(conv, bn):
    """The convolution that does what `bn(conv(x))` does in evaluation mode."""
    gain = bn.weight / torch.sqrt(bn.running_var + bn.eps)
    folded = type(conv)(conv.in_channels, conv.out_channels, conv.kernel_size, conv.stride, conv.padding, bias=True)
    folded.weight.data = conv.weight.data * per_channel(gain, conv.weight)
    bias = conv.bias.data if conv.bias is not None else torch.zeros(conv.out_channels)
    folded.bias.data = (bias - bn.running_mean) * gain + bn.bias
    return folded


def quantise_(conv):
    weight = conv.weight.data
    scale = (weight.abs().amax(tuple(range(1, weight.dim()))) / 127).clamp(min=1e-12)
    codes = torch.round(weight / per_channel(scale, weight)).clamp(-127, 127).to(torch.int8)
    conv.weight.data = codes.float() * per_channel(scale, weight)
    conv.codes, conv.scale = codes, scale


def quantised(backbone):
    """A copy in evaluation mode, folded and with dequantised weights; the figures of a model folder are those of this copy."""
    result = copy.deepcopy(backbone).eval()
    with torch.no_grad():
        for block in result.blocks:
            block.conv1, block.bn1 = fold(block.conv1, block.bn1), nn.Identity()
            block.conv2, block.bn2 = fold(block.conv2, block.bn2), nn.Identity()
        for module in result.modules():
            if isinstance(module, nn.Conv2d):
                quantise_(module)
    return result


def fold_sequences_(network):
    """Folds each normalisation that follows a convolution in a Sequential, and quantises every convolution; in evaluation mode only."""
    with torch.no_grad():
        for part in network.modules():
            if not isinstance(part, nn.Sequential):
                continue
            for n in range(len(part) - 1):
                if isinstance(part[n], (nn.Conv2d, nn.Conv3d)) and isinstance(part[n + 1], (nn.BatchNorm2d, nn.BatchNorm3d)):
                    part[n], part[n + 1] = fold(part[n], part[n + 1]), nn.Identity()
        for part in network.modules():
            if isinstance(part, (nn.Conv2d, nn.Conv3d)):
                quantise_(part)
    return network
