"""Measures AutoDVT on held-out simulated cines, as the model folder has it: dequantised weights.

In: a run folder with `last.pt`, files of validation windows, on which the operating point of open and closed is chosen, and a file of held-out windows
(`dvt-clips.ts` with other seeds, probe family gamma, native size; or other patients of a folder). Out: `metrics.json` in the run folder: precision, recall and F1 by class with
intervals over resampled cines, confusion matrix, cost.
"""
import argparse
import json
import os
import time

import numpy as np
import torch

import dvt_clips as dc
import provenance
from autodvt import LANDMARKS, STACK, AutoDVT, multiply_adds
from autodvt_graph import quantised


def trained(run):
    model = AutoDVT()
    model.load_state_dict(torch.load(os.path.join(run, "last.pt"))["model"])
    return quantised(model)


def rates(truth, call):
    hit = int((truth & call).sum())
    precision, recall = hit / max(1, int(call.sum())), hit / max(1, int(truth.sum()))
    return precision, recall, 2 * hit / max(1, int(truth.sum()) + int(call.sum()))


def pooled(pairs):
    """Truth and call over all frames, from those of each cine."""
    return tuple(np.concatenate(column) for column in zip(*pairs))


def interval(pairs, figure, resamples=1000, seed=5):
    """A figure of truth and call, with its 95 % interval. Frames of a cine are alike, so cines are resampled."""
    chance = np.random.default_rng(seed)
    values = [figure(*pooled([pairs[index] for index in chance.integers(0, len(pairs), len(pairs))])) for _ in range(resamples)]
    low, high = np.percentile(values, [2.5, 97.5])
    return {"value": figure(*pooled(pairs)), "low": float(low), "high": float(high)}


def measured(cines, of):
    """Rates of a class over all answered frames; `of` gives truth and call of a cine."""
    pairs = [of(cine) for cine in cines]
    precision, recall, _ = rates(*pooled(pairs))
    support = int(sum(truth.sum() for truth, _ in pairs))
    return {"precision": precision, "recall": recall, "f1": interval(pairs, lambda truth, call: rates(truth, call)[2]), "frames": support}


def answered(model, clips):
    """For each cine P(landmark), P(open) and the truth of its answered frames."""
    cines = []
    with torch.no_grad():
        for pixels, landmark, share in clips:
            landmarks, lumen, _ = model(dc.as_input(torch.from_numpy(dc.on_canvas(pixels)).float()[None]))
            cines.append((landmarks[0].softmax(1).numpy(), torch.sigmoid(lumen[0]).numpy(), landmark[STACK - 1 :], share[STACK - 1 :]))
    return cines


def lumen_of(closed, threshold):
    def of(cine):
        known = cine[3] >= 0
        truth, call = cine[3][known] < dc.CLOSED_BELOW, cine[1][known] < threshold
        return (truth, call) if closed else (~truth, ~call)

    return of


def both_f1(truth, call):
    """Mean F1 of closed, which `truth` and `call` are of, and of open."""
    return (rates(truth, call)[2] + rates(~truth, ~call)[2]) / 2


def best_threshold(cines):
    """The operating point on P(open) with the largest mean F1 of open and closed; the middle one of several."""
    scores = {}
    for threshold in np.round(np.arange(0.2, 0.61, 0.02), 2):
        scores[float(threshold)] = both_f1(*pooled([lumen_of(True, threshold)(cine) for cine in cines]))
    best = [threshold for threshold, score in scores.items() if score >= max(scores.values()) - 1e-9]
    return best[len(best) // 2]


def figures(cines, threshold):
    result = {name: measured(cines, lambda cine, n=n: (cine[2] == n, cine[0].argmax(1) == n)) for n, name in enumerate(LANDMARKS)}
    matrix = np.zeros((3, 3), int)
    for probabilities, _, landmark, _ in cines:
        np.add.at(matrix, (landmark, probabilities.argmax(1)), 1)
    result.update({"open": measured(cines, lumen_of(False, threshold)), "closed": measured(cines, lumen_of(True, threshold))})
    both = interval([lumen_of(True, threshold)(cine) for cine in cines], both_f1)
    return {"cines": len(cines), "frames": int(matrix.sum()), "classes": result, "openClosedMeanF1": both, "landmarkMatrix": matrix.tolist()}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--run", required=True)
    parser.add_argument("--clips", required=True)
    parser.add_argument("--validation", required=True, nargs="+")
    options = parser.parse_args()
    torch.set_num_threads(1)
    model = trained(options.run)
    held_out, *validation = (dc.ClipFile(path) for path in (options.clips, *options.validation))
    for file in (held_out, *validation):
        file.grow()
    threshold = best_threshold(answered(model, [clip for file in validation for clip in file.clips]))
    began = time.process_time()
    cines = answered(model, held_out.clips)
    spent = time.process_time() - began
    result = {"openThreshold": threshold, "heldOutOrigins": provenance.origins(held_out.families), "heldOut": figures(cines, threshold)}
    result["multiplyAdds"] = {
        "stackOfNine": sum(multiply_adds().values()),
        "perFrameOf72": round(sum(multiply_adds(72).values()) / (72 - STACK + 1)),
        "layersOfNine": multiply_adds(),
    }
    result["cpuMsPerFrame"] = round(1000 * spent / result["heldOut"]["frames"], 2)
    with open(os.path.join(options.run, "metrics.json"), "w") as file:
        json.dump(result, file, indent=2)
    print(threshold, json.dumps({name: row["f1"]["value"] for name, row in result["heldOut"]["classes"].items()}))


if __name__ == "__main__":
    main()
