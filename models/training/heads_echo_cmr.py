"""Trains the heads of echo-cmr on cached features, the global regression and the thresholds, and measures everything on held-out hearts.

In: a trunk checkpoint and clip files. Out: `heads.pt` and `metrics.json` in the run folder. Heads and thresholds are fitted to features of the narrow trunk as trained,
which is quick; held-out figures come from the widened and dequantised trunk, summed up to a narrow one again, so every figure is that of the weights as exported.
"""
import argparse
import json
import os
import time
from functools import partial

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression, Ridge
from torch import nn

import provenance
from echo_clips import CMR_VIEWS, Clips
from echo_graphs import FEATURES, PROBABILITIES, QUANTITIES, Heads, Overall, fold_r2plus1d_
from measures import confusion, youden
from r2plus1d import R2Plus1D, repeats, widened, widened_linear
from r2plus1d_fast import fast_maps
from train_echo_cmr import LENGTH, RATE, SIDE, STEP, ViewModel, whole_clip

#: Above these a value is abnormal (Sahashi and others 2024).
LIMITS = {"abnormal_t1": ("t1_ms", 1060), "abnormal_t2": ("t2_ms", 58), "abnormal_ecv": ("ecv_percent", 33)}
RESAMPLES = 10_000


def trained(checkpoint):
    """The narrow network of a checkpoint."""
    kept = torch.load(checkpoint)
    model = ViewModel(kept["width"])
    model.load_state_dict(kept["model"])
    return model.eval()


def quantised_trunk(model):
    """The widened, folded and quantised trunk."""
    return fold_r2plus1d_(widened(model.trunk))


def narrowed(trunk, width):
    """The narrow network that answers as a widened, folded and quantised one does: what its repeated channels read is summed up. Exact, and quick."""
    narrow = fold_r2plus1d_(R2Plus1D(width).eval(), codes=False)
    full = dict(trunk.named_modules())
    with torch.no_grad():
        for name, part in narrow.named_modules():
            if isinstance(part, nn.Conv3d):
                wide = full[name]
                source, _ = repeats(part.in_channels, wide.in_channels)
                part.weight.zero_().index_add_(1, source, wide.weight[: part.out_channels])
                part.bias.copy_(wide.bias[: part.out_channels])
    return narrow


def narrow_features(model, clip):
    """Features of the narrow trunk, repeated as the widened one has them."""
    narrow = fast_maps(model.trunk, clip).mean((0, 2, 3))[0]
    return narrow[repeats(len(narrow), FEATURES)[0]]


def features_of(one, clips, path):
    """Features [n, 512] by `one`, which takes a clip; kept in a file."""
    if os.path.exists(path):
        return torch.load(path)
    began, rows = time.time(), []
    with torch.no_grad():
        for i in range(len(clips.frames)):
            rows.append(one(whole_clip(clips, i)))
    torch.save(torch.stack(rows), path)
    print(f"{path}: {len(rows)} clips in {time.time() - began:.0f} s", flush=True)
    return torch.stack(rows)


def truths(clips):
    values = {"t1_ms": clips.column("t1_ms"), "t2_ms": clips.column("t2_tenths") / 10, "ecv_percent": clips.column("ecv_tenths") / 10}
    classes = {"wall_motion": clips.column("visible"), "late_enhancement": clips.column("late")}
    classes |= {name: (values[source] > limit).astype(int) for name, (source, limit) in LIMITS.items()}
    return classes, values


def class_head(features, truth, strength):
    """Logistic regression on standardised features, as weights of the plain ones."""
    mean, scale = features.mean(0), features.std(0) + 1e-6
    fit = LogisticRegression(C=strength, max_iter=2000).fit((features - mean) / scale, truth)
    weight = fit.coef_[0] / scale
    return weight, float(fit.intercept_[0] - (weight * mean).sum())


def area(truth, score, resamples, seed=5):
    """AUC with its 95 % percentile interval over resampled cases; cases are weighed, not copied, so that ten thousand resamples take no time."""
    truth, score = np.asarray(truth).astype(bool), np.asarray(score, float)
    ahead = score[truth][:, None] - score[~truth][None]
    wins = (ahead > 0) + 0.5 * (ahead == 0)
    chance, values = np.random.default_rng(seed), []
    for _ in range(resamples):
        times = np.bincount(chance.integers(0, len(truth), len(truth)), minlength=len(truth))
        present, absent = times[truth], times[~truth]
        if present.sum() and absent.sum():
            values.append(present @ wins @ absent / (present.sum() * absent.sum()))
    low, high = np.percentile(values, [2.5, 97.5])
    return {"value": float(wins.mean()), "low": float(low), "high": float(high)}


def area_of(truth, score):
    return area(truth, score, resamples=2)["value"]


def view_heads(view, train, validation, own):
    """Heads of one view. The weights of wall motion: the network's own, or refitted ones where validation prefers them."""
    number = CMR_VIEWS.index(view)
    features, clips = train
    mine = np.flatnonzero(clips.column("view") == number)
    x = features.numpy()[mine]
    classes, values = truths(clips)
    heads = Heads(
        mean=[float(values[name][mine].mean()) for name in QUANTITIES], scale=[float(values[name][mine].std()) for name in QUANTITIES]
    )
    judges = np.flatnonzero(validation[1].column("view") == number)
    seen, truth = validation[0].numpy()[judges], validation[1].column("visible")[judges]
    options = {"network": (own[0][number], float(own[1][number]))}
    for strength in (1e-3, 1e-2, 1e-1):
        options[f"refitted, C = {strength}"] = class_head(x, classes["wall_motion"][mine], strength)
    scores = {name: area_of(truth, seen @ weight + bias) for name, (weight, bias) in options.items()}
    chosen = max(scores, key=scores.get)
    print(view, scores, flush=True)
    with torch.no_grad():
        for row, name in enumerate(PROBABILITIES):
            weight, bias = options[chosen] if name == "wall_motion" else class_head(x, classes[name][mine], 1e-4)
            heads.classes.weight[row] = torch.from_numpy(np.asarray(weight)).float()
            heads.classes.bias[row] = bias
        for row, name in enumerate(QUANTITIES):
            mean, scale = x.mean(0), x.std(0) + 1e-6
            standard = (values[name][mine] - values[name][mine].mean()) / values[name][mine].std()
            # Squared error on standardised values, as the paper; the penalty keeps a few hundred clips from being learnt by heart.
            fit = Ridge(alpha=1e4).fit((x - mean) / scale, standard)
            weight = fit.coef_ / scale
            heads.quantities.weight[row] = torch.from_numpy(weight).float()
            heads.quantities.bias[row] = float(fit.intercept_ - (weight * mean).sum())
    return heads.eval(), {"weights": chosen, "validationAuc": scores}


def answers_of(heads, features, clips):
    """What the heads say of every clip: {name: [n]}."""
    views = clips.column("view")
    result = {name: np.zeros(len(views)) for name in (*PROBABILITIES, *QUANTITIES)}
    with torch.no_grad():
        for number, view in enumerate(CMR_VIEWS):
            one = np.flatnonzero(views == number)
            given = heads[view](features[one][:, :, None, None, None])
            for name, value in zip(result, given):
                result[name][one] = value.numpy()
    return result


def by_heart(clips, values):
    """[hearts, views] in the order of the seeds."""
    seeds, views = clips.column("seed"), clips.column("view")
    order = {seed: n for n, seed in enumerate(sorted(set(seeds)))}
    table = np.full((len(order), len(CMR_VIEWS)), np.nan)
    for seed, view, value in zip(seeds, views, values):
        table[order[seed], view] = value
    return table


def seen(truth, score):
    """Hearts that have the view."""
    there = ~np.isnan(truth)
    return truth[there].astype(int), score[there]


def logit(probabilities):
    return np.clip(np.log(probabilities) - np.log1p(-probabilities), -15, 15)


def evidence(table, present):
    """[n, 6]: each view's logit and 1, or 0 and 0 where it is missing (not a number in the table, or not `present`)."""
    present = present * ~np.isnan(table)
    return np.stack([logit(np.nan_to_num(table, nan=0.5)) * present, present], 2).reshape(len(table), -1)


def overall_of(table, truth):
    """Logistic regression over the views, on all sets of views that may be there."""
    rows, labels = [], []
    for kept in ([1, 1, 1], [1, 1, 0], [1, 0, 1], [0, 1, 1], [1, 0, 0], [0, 1, 0], [0, 0, 1]):
        present = np.tile(np.array(kept, float), (len(table), 1))
        rows += [evidence(table, present)] * (4 if sum(kept) == 3 else 1)
        labels += [truth] * (4 if sum(kept) == 3 else 1)
    fit = LogisticRegression(C=1.0, max_iter=2000).fit(np.concatenate(rows), np.concatenate(labels))
    return Overall(fit.coef_[0].tolist(), float(fit.intercept_[0])).eval()


def agreement(truth, predicted, seed=5):
    """Mean absolute error with its interval, R squared, Bland-Altman's bias and limits."""
    truth, predicted = np.asarray(truth, float), np.asarray(predicted, float)
    off = predicted - truth
    chance = np.random.default_rng(seed)
    means = [np.abs(off[chance.integers(0, len(off), len(off))]).mean() for _ in range(RESAMPLES)]
    low, high = np.percentile(means, [2.5, 97.5])
    return {
        "mae": {"value": float(np.abs(off).mean()), "low": float(low), "high": float(high)},
        "r2": float(1 - (off**2).sum() / ((truth - truth.mean()) ** 2).sum()),
        "blandAltman": {"bias": float(off.mean()), "lower": float(off.mean() - 1.96 * off.std(ddof=1)), "upper": float(off.mean() + 1.96 * off.std(ddof=1))},
        "cases": int(len(off)),
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--run", required=True)
    parser.add_argument("--checkpoint", required=True)
    parser.add_argument("--train", nargs="+", required=True)
    parser.add_argument("--validation", nargs="+", required=True)
    parser.add_argument("--held-out", nargs="+", required=True)
    parser.add_argument("--beat-clips", type=int, required=True, help="how many clips the first stage saw, for the card")
    options = parser.parse_args()
    torch.set_num_threads(1)
    model = trained(options.checkpoint)
    own = widened_linear(model.finding.weight.detach(), FEATURES).numpy(), model.finding.bias.detach().numpy()
    by_narrow = partial(narrow_features, model)

    exported = narrowed(quantised_trunk(model), torch.load(options.checkpoint)["width"])

    def by_exported(clip):
        features = fast_maps(exported, clip).mean((0, 2, 3))[0]
        return features[repeats(len(features), FEATURES)[0]]

    sets = {}
    for name, paths in (("train", options.train), ("validation", options.validation), ("held-out", options.held_out)):
        clips = Clips(*paths)
        one = by_exported if name == "held-out" else by_narrow
        sets[name] = (features_of(one, clips, os.path.join(options.run, f"features-{name}.pt")), clips)
    heads, chosen = {}, {}
    for view in CMR_VIEWS:
        heads[view], chosen[view] = view_heads(view, sets["train"], sets["validation"], own)
    tables = {}
    for name in ("validation", "held-out"):
        features, clips = sets[name]
        answers = answers_of(heads, features, clips)
        tables[name] = {key: by_heart(clips, value) for key, value in answers.items()}
        classes, values = truths(clips)
        tables[name]["truth"] = {key: by_heart(clips, value) for key, value in {**classes, **values, "patient": clips.column("patient")}.items()}
    patient = np.nanmax(tables["validation"]["truth"]["patient"], 1).astype(int)
    overall = overall_of(tables["validation"]["wall_motion"], patient)

    def global_scores(name):
        table = tables[name]["wall_motion"]
        with torch.no_grad():
            return overall(torch.from_numpy(evidence(table, np.ones_like(table))).float()).numpy()

    thresholds = {"wma-global": youden(patient, global_scores("validation"))}
    for n, view in enumerate(CMR_VIEWS):
        truth, score = seen(tables["validation"]["truth"]["wall_motion"][:, n], tables["validation"]["wall_motion"][:, n])
        thresholds[f"wma-{view.lower()}"] = youden(truth, score)
    held, result = tables["held-out"], {}

    def binary(identity, truth, score):
        measured = {"auc": area(truth.astype(int), score, RESAMPLES), "cases": int(len(truth)), "abnormal": int(truth.sum())}
        if identity in thresholds:
            measured |= confusion(truth.astype(int), score, thresholds[identity])
        result[identity] = measured

    for n, view in enumerate(CMR_VIEWS):
        binary(f"wma-{view.lower()}", *seen(held["truth"]["wall_motion"][:, n], held["wall_motion"][:, n]))
    binary("wma-global", np.nanmax(held["truth"]["patient"], 1), global_scores("held-out"))
    for name in PROBABILITIES[1:]:
        binary(name.replace("_", "-"), np.nanmax(held["truth"][name], 1), np.nanmean(held[name], 1))
    for name in QUANTITIES:
        result[name.replace("_", "-")] = agreement(np.nanmax(held["truth"][name], 1), np.nanmean(held[name], 1))
    metrics = {
        "heldOut": result,
        "thresholds": thresholds,
        "heads": chosen,
        "global": {"weights": overall.linear.weight[0].tolist(), "bias": overall.linear.bias.item()},
        "data": {**{name: len(clips.frames) for name, (_, clips) in sets.items()}, "beat": options.beat_clips},
        "origins": provenance.origins(np.concatenate([sets[name][1].column("family") for name in ("train", "validation")])),
        "heldOutOrigins": provenance.origins(sets["held-out"][1].column("family")),
        "input": {"side": SIDE, "frames": LENGTH, "framesPerSecond": RATE, "frameStep": STEP},
        "trunk": {key: value for key, value in torch.load(options.checkpoint).items() if key in ("stage", "step", "measured")},
    }
    with open(os.path.join(options.run, "metrics.json"), "w") as file:
        json.dump(metrics, file, indent=2)
    torch.save({"checkpoint": options.checkpoint, "heads": {view: one.state_dict() for view, one in heads.items()}, "global": overall.state_dict()}, os.path.join(options.run, "heads.pt"))
    for identity, measured in result.items():
        print(identity, measured.get("auc") or (measured["mae"], measured["r2"]))


if __name__ == "__main__":
    main()
