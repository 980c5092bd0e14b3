"""Turns a PyTorch checkpoint of the lung video score into a model folder of the family lung-score.

In: a checkpoint. Out: `frames.onnx`, `clip.onnx`, `manifest.json` and `CARD.md` in a folder.
"""
import argparse
import json
import os
import textwrap
import time

import lung_texts as texts
from checkpoints import state_of
from lung_cines import DEVIATION, MEAN
from lung_graphs import write_graphs
from lung_net import CHANNELS, READOUTS, LungNet
from train_lung_clip import quantised

NOTICE = "Converted weights without evidence on this site. Research use only. Not for diagnosis."
CONVOLUTIONS = (0, 3, 6, 8, 10)
KEYS = f"""
What is expected of the checkpoint, a state dictionary or an object with one under `state_dict` or `model`; a prefix `module.` is taken off:

  features.{{{','.join(map(str, CONVOLUTIONS))}}}.weight, .bias   AlexNet as torchvision lays it out
  attention.*.weight, .bias              three convolutions in the order of their names, 256 channels in; the last gives
                                         one channel (one mask) or 256 (one a channel); ReLU between, sigmoid behind
  lstm.weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0, and the same with _reverse
                                         one bidirectional layer over features of length 256
  linear.weight, .bias                   4 classes, scores 0 to 3, from twice the LSTM's states

Other names are brought to these with --rename: --rename cnn.features=features --rename fc=linear.
Keys that begin with `classifier.` (AlexNet's own head) are passed over; any other unknown key is an error.
"""


def renamed(state, renames):
    """The tensors of a checkpoint under the names above."""
    found = {}
    for name, value in state.items():
        for old, new in renames:
            if name == old or name.startswith(old + "."):
                name = new + name[len(old) :]
                break
        found[name] = value
    return {name: value for name, value in found.items() if not name.startswith("classifier.")}


def rename(text):
    old, equals, new = text.partition("=")
    if not (old and equals and new):
        raise argparse.ArgumentTypeError(f"{text}: OLD=NEW was expected")
    return old, new


def taken(state, name, shape):
    """One tensor of the state; `shape` holds None where any length will do."""
    value = state.pop(name, None)
    if value is None:
        raise SystemExit(f"{name}: missing. See --help for the names that are expected.")
    if value.dim() != len(shape) or any(want is not None and want != have for want, have in zip(shape, value.shape)):
        raise SystemExit(f"{name}: shape {list(value.shape)} where {['any' if n is None else n for n in shape]} was expected")
    return value


def network(state, readout):
    """The network of a state; the sizes that are free come from the tensors."""
    masks = sorted((name for name, value in state.items() if name.startswith("attention.") and value.dim() == 4), key=natural)
    if len(masks) != 3:
        raise SystemExit(f"attention: {len(masks)} convolutions where 3 were expected")
    shapes = [state[name].shape for name in masks]
    if any(shape[2] != shape[3] or shape[2] % 2 == 0 for shape in shapes) or shapes[2][0] not in (1, CHANNELS):
        raise SystemExit("attention: square kernels of odd size and 1 or 256 channels at the end were expected")
    hidden = taken(dict(state), "lstm.weight_hh_l0", (None, None)).shape[1]
    net = LungNet(hidden, tuple(shape[0] for shape in shapes), tuple(shape[2] for shape in shapes), readout)
    own = {name: value.shape for name, value in net.state_dict().items()}
    found = {}
    for place, name in zip((0, 2, 4), masks):
        for part in ("weight", "bias"):
            ours = f"attention.{place}.{part}"
            found[ours] = taken(state, name.removesuffix("weight") + part, own[ours])
    for name, shape in own.items():
        if name not in found:
            found[name] = taken(state, name, shape)
    if state:
        raise SystemExit(f"keys without a meaning: {', '.join(sorted(state)[:8])}")
    net.load_state_dict(found)
    return net.eval()


def natural(name):
    return [int(part) if part.isdigit() else part for part in name.split(".")]


def card(options, graphs):
    return textwrap.dedent(
        f"""\
        # {options.id} {options.version}

        **{NOTICE}**

        Converted from a PyTorch checkpoint by `models/training/convert_lung.py`. Severity of one lung cine, 0 to 3; the network is that of {texts.SOURCE}.
        Nothing has been measured here: state evidence, threshold and gate in `manifest.json` before anything is reported from it.

        Input: frames of 224 x 224, grey in three channels, mean {list(options.mean)}, deviation {list(options.deviation)}. Readout of the LSTM: {options.readout}.
        Graphs: {', '.join(f"{row['file']} ({row['sha256'][:12]})" for row in graphs.values())}.
        Licence: {options.licence}
        """
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, epilog=KEYS, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint")
    parser.add_argument("--out", required=True, help="the model folder")
    parser.add_argument("--id", help="id of the model (default: the folder's name, which it must be where the folder is used)")
    parser.add_argument("--name", default="Lung ultrasound severity score")
    parser.add_argument("--version", default="1")
    parser.add_argument("--manufacturer", default="not stated")
    parser.add_argument("--licence", default="as the checkpoint's")
    parser.add_argument("--rename", action="append", default=[], type=rename, metavar="OLD=NEW", help="a prefix of key names and what it stands for")
    parser.add_argument("--readout", choices=READOUTS, default="mean", help="what the linear layer reads of the LSTM's states: their mean, the last frame's, or the ends of both directions")
    parser.add_argument("--mean", type=float, nargs=3, default=MEAN, help="of grey values 0 to 1, one a channel (default: ImageNet)")
    parser.add_argument("--deviation", type=float, nargs=3, default=DEVIATION)
    parser.add_argument("--threshold", type=float, default=0.5, help="least probability of a score that is stated")
    parser.add_argument("--frames", type=int, nargs=2, default=(8, 64), metavar=("MIN", "MAX"))
    parser.add_argument("--trust", action="store_true", help="take a checkpoint that holds Python objects too; opening it may run what is in it")
    parser.add_argument("--int8", action="store_true", help="store convolutions as int8 per output channel")
    options = parser.parse_args()
    options.id = options.id or os.path.basename(os.path.abspath(options.out))
    net = network(renamed(state_of(options.checkpoint, options.trust), options.rename), options.readout)
    if options.int8:
        net = quantised(net)
    graphs = write_graphs(net, options.out)
    today = time.strftime("%Y-%m-%d", time.gmtime())
    facts = {
        **{name: getattr(options, name) for name in ("id", "version", "name", "manufacturer", "licence", "threshold", "mean", "deviation")},
        "minFrames": options.frames[0],
        "maxFrames": options.frames[1],
        "notice": NOTICE,
        "referenceWeights": False,
        "sources": [texts.SOURCE],
        "evidence": [],
        "training": {"data": "not stated", "program": "models/training/convert_lung.py", "seed": 0, "log": "none", "finishedOn": today},
    }
    for name, value in (("manifest.json", texts.manifest(graphs, facts)), ("CARD.md", card(options, graphs))):
        with open(os.path.join(options.out, name), "w") as out:
            out.write(value if isinstance(value, str) else json.dumps(value, indent=2) + "\n")


if __name__ == "__main__":
    main()
