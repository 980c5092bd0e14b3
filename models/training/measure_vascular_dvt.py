"""Measures AutoDVT on held-out simulated cines, as the model folder has it: dequantised weights.

In: a run folder with `last.pt`, a file of validation windows, on which the operating point of open and closed is chosen, and a file of held-out windows
(`dvt-clips.ts` with other seeds, probe family gamma, native size). Out: `metrics.json` in the run folder: precision, recall and F1 by class with
intervals over resampled cines, confusion matrix, cost.
"""
import argparse
import json
import os
import time

import numpy as np
import torch

import dvt_clips as dc
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


def measured(cines, of, resamples=1000, seed=5):
    """Rates of a class over all answered frames; `of` gives truth and call of a cine. Frames of a cine are alike, so cines are resampled."""
    pairs = [of(cine) for cine in cines]
    precision, recall, f1 = rates(*(np.concatenate(column) for column in zip(*pairs)))
    chance = np.random.default_rng(seed)
    values = []
    for _ in range(resamples):
        picked = [pairs[index] for index in chance.integers(0, len(pairs), len(pairs))]
        values.append(rates(*(np.concatenate(column) for column in zip(*picked)))[2])
    low, high = np.percentile(values, [2.5, 97.5])
    support = int(sum(truth.sum() for truth, _ in pairs))
    return {"precision": precision, "recall": recall, "f1": {"value": f1, "low": float(low), "high": float(high)}, "frames": support}


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


def best_threshold(cines):
    """The operating point on P(open) with the largest mean F1 of open and closed; the middle one of several."""
    scores = {}
    for threshold in np.round(np.arange(0.2, 0.61, 0.02), 2):
        pairs = [lumen_of(True, threshold)(cine) for cine in cines]
        truth, call = (np.concatenate(column) for column in zip(*pairs))
        scores[float(threshold)] = rates(truth, call)[2] + rates(~truth, ~call)[2]
    best = [threshold for threshold, score in scores.items() if score >= max(scores.values()) - 1e-9]
    return best[len(best) // 2]


def figures(cines, threshold):
    result = {name: measured(cines, lambda cine, n=n: (cine[2] == n, cine[0].argmax(1) == n)) for n, name in enumerate(LANDMARKS)}
    matrix = np.zeros((3, 3), int)
    for probabilities, _, landmark, _ in cines:
        np.add.at(matrix, (landmark, probabilities.argmax(1)), 1)
    result.update({"open": measured(cines, lumen_of(False, threshold)), "closed": measured(cines, lumen_of(True, threshold))})
    return {"cines": len(cines), "frames": int(matrix.sum()), "classes": result, "landmarkMatrix": matrix.tolist()}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--run", required=True)
    parser.add_argument("--clips", required=True)
    parser.add_argument("--validation", required=True)
    options = parser.parse_args()
    torch.set_num_threads(1)
    model = trained(options.run)
    held_out, validation = dc.ClipFile(options.clips), dc.ClipFile(options.validation)
    held_out.grow()
    validation.grow()
    threshold = best_threshold(answered(model, validation.clips))
    began = time.process_time()
    cines = answered(model, held_out.clips)
    spent = time.process_time() - began
    result = {"openThreshold": threshold, "heldOut": figures(cines, threshold)}
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
