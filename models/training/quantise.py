"""Weight-only int8 per output channel.

In: a trained ResNet50V2. Out: the same network with normalisation folded into the convolution before it where there is one,
and every convolution weight replaced by its dequantised value; codes and scales are kept on the module for the export.
"""
import copy

import torch
from torch import nn


def fold(conv, bn):
    """The convolution that does what `bn(conv(x))` does in evaluation mode."""
    gain = bn.weight / torch.sqrt(bn.running_var + bn.eps)
    folded = nn.Conv2d(conv.in_channels, conv.out_channels, conv.kernel_size, conv.stride, conv.padding, bias=True)
    folded.weight.data = conv.weight.data * gain[:, None, None, None]
    bias = conv.bias.data if conv.bias is not None else torch.zeros(conv.out_channels)
    folded.bias.data = (bias - bn.running_mean) * gain + bn.bias
    return folded


def quantise_(conv):
    weight = conv.weight.data
    scale = (weight.abs().amax((1, 2, 3)) / 127).clamp(min=1e-12)
    codes = torch.round(weight / scale[:, None, None, None]).clamp(-127, 127).to(torch.int8)
    conv.weight.data = codes.float() * scale[:, None, None, None]
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
