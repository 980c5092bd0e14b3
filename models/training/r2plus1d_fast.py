"""The forward pass of R(2+1)D as 2D convolutions and matrix products, channels last: the same numbers, in half the time on a CPU.

In: the network, with its normalisations or with them folded, clips [n, 1 or 3, t, h, w] (one channel: three equal ones). Out: feature maps [t', n, h', w', 512]. Time goes first inside, so
that a convolution over time is a sum of products of whole blocks.
"""
import torch
from torch import nn
from torch.nn import functional as F


def last(x):
    return x.contiguous(memory_format=torch.channels_last)


def over_time(x, weight, stride):
    """A 3x1x1 convolution, padding 1, of x [t, n, h, w, c]."""
    before, here, after = (weight[:, :, k, 0, 0].t() for k in range(3))
    if stride == 1:
        t = len(x)
        flat = x.reshape(t, -1, x.shape[-1])
        y = flat.reshape(-1, x.shape[-1]) @ here
        if t > 1:
            y = y.view(t, -1, weight.shape[0])
            rows = flat.shape[1]
            earlier = flat[:-1].reshape(-1, x.shape[-1]) @ before
            later = flat[1:].reshape(-1, x.shape[-1]) @ after
            y = y + F.pad(earlier.view(t - 1, rows, -1), (0, 0, 0, 0, 1, 0)) + F.pad(later.view(t - 1, rows, -1), (0, 0, 0, 0, 0, 1))
        return y.view(*x.shape[:-1], -1)
    padded = F.pad(x, (0, 0) * 4 + (1, 1))
    length = (len(x) - 1) // stride + 1
    parts = [padded[k : k + stride * (length - 1) + 1 : stride] for k in range(3)]
    y = torch.cat(parts, -1).view(-1, 3 * x.shape[-1]) @ torch.cat([before, here, after])
    return y.view(length, *x.shape[1:-1], -1)


def convolved(x, conv):
    """A 1xkxk, 3x1x1 or 1x1x1 convolution of x [t, n, h, w, c]."""
    y = without_bias(x, conv)
    return y if conv.bias is None else y + conv.bias


def without_bias(x, conv):
    t, n, h, w, channels = x.shape
    weight = conv.weight
    if conv.kernel_size == (1, 1, 1):
        st, sh, sw = conv.stride
        x = x[::st, :, ::sh, ::sw].contiguous()
        return F.linear(x.view(-1, channels), weight.flatten(1)).view(*x.shape[:-1], -1)
    if weight.shape[2] == 3:
        return over_time(x, weight, conv.stride[0])
    kernel = weight[:, :, 0] if channels == weight.shape[1] else weight[:, :, 0].sum(1, keepdim=True)
    y = F.conv2d(x.reshape(t * n, h, w, channels).permute(0, 3, 1, 2), last(kernel), None, conv.stride[1:], conv.padding[1:])
    y = y.permute(0, 2, 3, 1)
    return y.reshape(t, n, *y.shape[1:])


def normalised(x, norm):
    if isinstance(norm, nn.Identity):
        return x
    flat = last(x.reshape(-1, x.shape[-1], 1, 1))
    if norm.training:
        norm.num_batches_tracked.add_(1)
    rate = norm.momentum if norm.momentum is not None else 1.0 / float(norm.num_batches_tracked)
    y = F.batch_norm(flat, norm.running_mean, norm.running_var, norm.weight, norm.bias, norm.training, rate, norm.eps)
    return y.permute(0, 2, 3, 1).reshape(x.shape)


def factored(x, part):
    return convolved(F.relu_(normalised(convolved(x, part[0]), part[1])), part[3])


def block(x, part):
    beside = x if part.downsample is None else normalised(convolved(x, part.downsample[0]), part.downsample[1])
    y = F.relu_(normalised(factored(x, part.conv1[0]), part.conv1[1]))
    return F.relu_(normalised(factored(y, part.conv2[0]), part.conv2[1]) + beside)


def fast_maps(network, clips):
    x = clips.permute(2, 0, 3, 4, 1).contiguous()
    stem = network.stem
    x = F.relu_(normalised(convolved(x, stem[0]), stem[1]))
    x = F.relu_(normalised(convolved(x, stem[3]), stem[4]))
    for layer in (network.layer1, network.layer2, network.layer3, network.layer4):
        for part in layer:
            x = block(x, part)
    return x
