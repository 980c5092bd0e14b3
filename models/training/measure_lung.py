"""Held-out figures of lung-score.

In: a run folder with `lung.pt`, rendered cines that nothing was chosen by. Out: `metrics.json` in the run folder.
"""
import argparse
import csv
import json
import os

import numpy as np
import torch

import lung_cines as lc
import provenance
from lung_net import LungNet
from measures import choice
from train_lung_clip import kept_features, quantised

THRESHOLD = 0.5
KINDS = ("convex", "linear")


def trained(run):
    """The network of a run, with the int8 values of its convolutions and their codes."""
    kept = torch.load(os.path.join(run, "lung.pt"))
    net = LungNet(kept["hidden"], readout=kept["readout"])
    net.load_state_dict(kept["state_dict"])
    return quantised(net)


def main():
    parser = argparse.ArgumentParser(description="Measures lung-score on held-out cines.")
    parser.add_argument("--run", required=True)
    parser.add_argument("--held-out", nargs="+", required=True, help="files of lung_cines.py")
    parser.add_argument("--data", nargs="+", required=True, help="what was trained on, to state its size and origin: files for the frame part, then one for the LSTM")
    parser.add_argument("--cases", help="cases.csv of `sonorelay evaluate` over held-out studies: the same network by way of the node")
    options = parser.parse_args()
    torch.set_num_threads(1)
    net = trained(options.run)
    probabilities = []
    with torch.no_grad():
        for path in options.held_out:
            for features, _ in kept_features(net, path, (0, 0, options.run)):
                probabilities.append(torch.softmax(net.classify(torch.from_numpy(features)[None]), 1)[0].numpy())
    labels = lc.load(*options.held_out)[2]
    probabilities, truth = np.stack(probabilities), labels[:, lc.SCORE]
    predicted, sure = probabilities.argmax(1), probabilities.max(1) >= THRESHOLD
    trained_on = [np.load(path)["labels"] for path in options.data]
    sizes = [len(cines) for cines in trained_on]
    metrics = {
        "hidden": net.lstm.hidden_size,
        "data": {"trunkCines": sum(sizes[:-1]), "clipCines": sizes[-1], "origins": provenance.origins(np.concatenate(trained_on)[:, lc.FAMILY])},
        "heldOutOrigins": provenance.origins(labels[:, lc.FAMILY]),
        "heldOut": choice(truth, predicted, 4),
        "stated": {**choice(truth[sure], predicted[sure], 4), "undetermined": int((~sure).sum())},
        "byProbe": {kind: choice(truth[of], predicted[of], 4) for n, kind in enumerate(KINDS) if (of := labels[:, lc.KIND] == n).any()},
    }
    if options.cases:
        with open(options.cases, newline="") as file:
            rows = list(csv.DictReader(file))
        found = choice([int(row["truth"]) for row in rows], [int(row["most_probable"]) for row in rows], 4)
        metrics["byNode"] = {**found, "studies": len({row["study_instance_uid"] for row in rows})}
    with open(os.path.join(options.run, "metrics.json"), "w") as file:
        json.dump(metrics, file, indent=2)
    print(json.dumps({name: metrics["heldOut"][name] for name in ("accuracy", "macroF1", "matrix")}))


if __name__ == "__main__":
    main()
