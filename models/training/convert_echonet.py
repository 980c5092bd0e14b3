"""Turns EchoNet-style checkpoints (torchvision's `r2plus1d_18`, saved from `DataParallel`) into a model folder of echo-cmr.

In: a checkpoint for each view, or one for all three. Out: graphs, manifest and card in a folder.

    python3 convert_echonet.py --out ../site-echo --a4c a4c.pt --a2c a2c.pt --plax plax.pt
    python3 convert_echonet.py --out ../site-echo --shared all.pt --columns wall_motion,late_enhancement

The first column of `fc` is the logit of wall motion unless `--columns` names the columns; what no column gives is a constant (an even chance, the mean of the source
paper's patients) and stays gated `off`. Quantities are taken in their own unit. Input by default as EchoNet reads it: 32 frames, every second one, 112 x 112, the mean and
deviation that its authors use in later programs. A checkpoint does not hold its own, so give those of the training data where they are known.
"""
import argparse
import os
import time

import torch

import echo_texts as texts
from checkpoints import state_of
from echo_clips import CMR_VIEWS
from echo_graphs import HEADS, PROBABILITIES, QUANTITIES, Heads, Overall, fold_r2plus1d_, write_cmr
from export_echo import dump
from r2plus1d import network_of

MEAN = (31.834011, 31.95879, 32.082172)
DEVIATION = (48.866325, 49.137333, 49.361984)
#: Mean native T1, T2 and ECV of the source paper's patients.
USUAL = (1020.0, 48.7, 28.4)


def trunk_of(state, path, int8):
    """The folded trunk of a checkpoint; its keys are those of torchvision."""
    try:
        return fold_r2plus1d_(network_of(state), codes=int8)
    except (KeyError, RuntimeError) as error:
        told = " ".join(str(error.args[0]).split())
        raise SystemExit(f"{path}: not the layout of torchvision's r2plus1d_18: {told[:300]}") from error


def heads_of(state, path, columns):
    if "fc.weight" not in state or "fc.bias" not in state:
        raise SystemExit(f"{path}: the checkpoint lacks fc.weight or fc.bias")
    weight, bias = state["fc.weight"], state["fc.bias"]
    if len(columns) != len(weight):
        raise SystemExit(f"fc has {len(weight)} columns, --columns names {len(columns)}: {', '.join(columns)}")
    heads = Heads(features=weight.shape[1])
    with torch.no_grad():
        for part in (heads.classes, heads.quantities):
            part.weight.zero_()
            part.bias.zero_()
        heads.quantities.bias.copy_(torch.tensor(USUAL))
        for row, name in enumerate(columns):
            part, names = (heads.classes, PROBABILITIES) if name in PROBABILITIES else (heads.quantities, QUANTITIES)
            part.weight[names.index(name)] = weight[row]
            part.bias[names.index(name)] = bias[row]
    return heads.eval()


def numbers(text):
    return [float(value) for value in text.split(",")]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True, help="the folder; its name becomes the id of the model")
    for view in CMR_VIEWS:
        parser.add_argument(f"--{view.lower()}", help=f"checkpoint of {view}")
    parser.add_argument("--shared", help="one checkpoint for all views")
    parser.add_argument("--columns", default="wall_motion", help=f"columns of fc, of {', '.join(HEADS[:-1])}")
    parser.add_argument("--mean", type=numbers, default=MEAN, help="grey values 0 to 255, one a channel")
    parser.add_argument("--deviation", type=numbers, default=DEVIATION)
    parser.add_argument("--side", type=int, default=112)
    parser.add_argument("--frames", type=int, default=32)
    parser.add_argument("--step", type=int, default=2)
    parser.add_argument("--threshold", type=float, default=0.5)
    parser.add_argument("--global-weights", type=numbers, default=[1 / 3, 0, 1 / 3, 0, 1 / 3, 0, 0], help="weight of logit and presence of each view, then the bias")
    parser.add_argument("--int8", action="store_true", help="a quarter of the size; answers move by rounding")
    parser.add_argument("--trust", action="store_true", help="take a checkpoint that holds Python objects too; opening it may run what is in it")
    parser.add_argument("--name", default="Wall motion from echocardiography")
    parser.add_argument("--manufacturer", default="converted at the site")
    parser.add_argument("--licence", default="that of the checkpoint")
    parser.add_argument("--version", default="1")
    options = parser.parse_args()
    columns = options.columns.split(",")
    unknown = [name for name in columns if name not in HEADS[:-1]]
    if unknown:
        raise SystemExit(f"--columns: unknown: {', '.join(unknown)}")
    paths = {view: getattr(options, view.lower()) or options.shared for view in CMR_VIEWS}
    if None in paths.values():
        raise SystemExit("give --a4c, --a2c and --plax, or --shared")
    if len(options.global_weights) != 7:
        raise SystemExit(f"--global-weights: {len(options.global_weights)} numbers where 7 are needed: logit and presence of A4C, A2C and PLAX, and the bias")
    states = {path: state_of(path, options.trust) for path in sorted(set(paths.values()))}
    heads = {path: heads_of(state, path, columns) for path, state in states.items()}
    trunks = {path: trunk_of(state, path, options.int8) for path, state in states.items()}
    channels = trunks[paths["A4C"]].stem[0].in_channels
    *weights, bias = options.global_weights
    parts = {
        "trunks": {view: trunks[path] for view, path in paths.items()},
        "heads": {view: heads[path] for view, path in paths.items()},
        "global": Overall(weights, bias).eval(),
        "size": (options.frames, options.side, options.side),
    }
    graphs = write_cmr(parts, options.out)
    notice = "Converted weights; this project has not validated them. Research use only. Not for diagnosis."
    facts = {
        "id": os.path.basename(os.path.abspath(options.out)),
        "version": options.version,
        "name": options.name,
        "manufacturer": options.manufacturer,
        "notice": notice,
        "referenceWeights": False,
        "licence": options.licence,
        "sources": ["Ouyang and others, Nature 2020;580:252-256", texts.SOURCE],
        "training": {
            "data": "not stated",
            "program": "models/training/convert_echonet.py",
            "seed": 0,
            "log": "none",
            "finishedOn": time.strftime("%Y-%m-%d", time.gmtime()),
        },
        "heldOut": None,
        "thresholds": {name: options.threshold for name in ("wma-global", *(f"wma-{view.lower()}" for view in CMR_VIEWS))},
        "thresholdMethod": "given at conversion",
        "preprocessing": {
            "rows": options.side,
            "columns": options.side,
            "channels": channels,
            "fit": "cut",
            "canvas": 0,
            "mean": [value / 255 for value in options.mean][:channels],
            "deviation": [value / 255 for value in options.deviation][:channels],
            "minFrames": max(1, options.frames // 2),
            "maxFrames": options.frames,
            "framesPerSecond": 0,
            "frameStep": options.step,
        },
    }
    dump(os.path.join(options.out, "manifest.json"), texts.cmr_manifest(graphs, facts))
    constant = [name for name in HEADS[:-1] if name not in columns]
    dump(
        os.path.join(options.out, "CARD.md"),
        f"# {facts['id']} {options.version}\n\n**{notice}**\n\nR(2+1)D-18 converted from checkpoints of its published layout. Outputs of the checkpoint: {', '.join(columns)}.\n"
        f"Constants, since the checkpoint has none: {', '.join(constant) or 'none'}. Weights of the regression over the views: {weights}, bias {bias}.\n"
        "State evidence in the manifest before results are used.\n",
    )


if __name__ == "__main__":
    main()
