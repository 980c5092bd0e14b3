"""Trains the bag heads of vascular-sec on cached features and measures everything on held-out phantoms, or on held-out patients of a folder.

In: a backbone checkpoint; with `--data` a folder of DICOM files with labels.json, of which labels that are not there take no part. Out: `heads.pt` (heads, task weights, thresholds) and `metrics.json` in the run folder.
Features are those of the dequantised backbone, so every figure is that of the weights as exported.
"""
import argparse
import json
import os
import time
import zlib

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

import leg_frames as lf
from measures import area, confusion, youden
from mil import HEADS, batched
from quantise import quantised
from train_vascular_sec import FrameModel

# First seed, families of probe settings and share of frames rendered at native size, of each set. No seed is shared, and the
# held-out sets have a family of their own. The native sets are wholly of the way a study comes: native size, averaged down. The
# last one is measured once, when nothing is left to choose.
SETS = {
    "train": (1_800_000, "alpha,beta", 0.05),
    "train-native": (1_900_000, "alpha,beta", 1.0),
    "validation": (2_500_000, "alpha,beta", 0.05),
    "validation-native": (2_600_000, "alpha,beta", 1.0),
    "held-out": (3_000_000, "gamma", 0.05),
    "held-out-native": (4_000_000, "gamma", 1.0),
    "held-out-last": (4_500_000, "gamma", 1.0),
}

PHANTOMS = "simulated leg sections, held out: other seeds and another family of probe settings (gamma) than in training (alpha, beta)"
PATIENTS = "labelled leg sections of a folder, held out: other patients than in training"


def from_folder(backbone, name, settings):
    """Features and labels of the sections of one part of a folder, as `cache` gives them; kept in the run folder by the folder's path."""
    path = os.path.join(settings.run, f"features-{name}-{zlib.crc32(os.path.abspath(settings.data).encode()):08x}.pt")
    if os.path.exists(path):
        return torch.load(path)
    sections = []
    with torch.no_grad():
        for batches in lf.sections_of(settings.data, name, settings.largest):
            features = torch.cat([backbone(lf.as_input(lf.resized(pixels, None))).mean((2, 3)) for pixels, _ in batches])
            sections.append((features, np.concatenate([labels for _, labels in batches])))
    print(f"{name}: {len(sections)} sections", flush=True)
    torch.save(sections, path)
    return sections


def cache(backbone, name, count, settings):
    """Features and labels of `count` sections: list of (features [k, 2048], labels [k, 8]); kept in the run folder."""
    path = os.path.join(settings.run, f"features-{name}-{count}.pt")
    if os.path.exists(path):
        return torch.load(path)
    if count == 0:
        return []
    seed, families, native = SETS[name]
    rendered = os.path.join(settings.rendered or "", f"{name}-{count}.bin")
    beforehand = settings.rendered is not None and os.path.exists(rendered)
    source = lf.Rendered(rendered) if beforehand else lf.Generator("sections", seed, families, count, native=native)
    sections = []
    began = time.time()
    with torch.no_grad():
        while (batch := source.read()) is not None:
            pixels, labels = batch
            if labels[0, lf.SECTION] != seed + len(sections):
                raise SystemExit(f"{name}: section {labels[0, lf.SECTION]} where {seed + len(sections)} is wanted")
            size = lf.fitted(*pixels.shape[1:], settings.largest)
            sections.append((backbone(lf.as_input(lf.resized(pixels, size))).mean((2, 3)), labels))
    source.close()
    if len(sections) != count:
        raise SystemExit(f"{name}: {len(sections)} sections of {count}")
    print(f"{name}: {len(sections)} sections in {time.time() - began:.0f} s", flush=True)
    torch.save(sections, path)
    return sections


def stacked(bags):
    longest = max(len(f) for f, _ in bags)
    features = torch.zeros(len(bags), longest, bags[0][0].shape[1])
    mask = torch.zeros(len(bags), longest)
    for i, (f, _) in enumerate(bags):
        features[i, : len(f)], mask[i, : len(f)] = f, 1
    return features, mask, torch.tensor([float(truth) for _, truth in bags])


def real_bags(sections):
    return [(f, l[0, lf.GRADE] > 0) for f, l in sections if l[0, lf.GRADE] >= 0]


def recombined(frames, witnesses, others, count, chance):
    """Bags drawn anew from the keyframes of all training sections, with one to three witnesses or none; none where no frame is known to be a witness."""
    bags = []
    if len(witnesses) == 0 or len(others) == 0:
        return bags
    for _ in range(count):
        size, present = int(chance.integers(2, 18)), chance.random() < 0.5
        seen = min(int(chance.integers(1, 4)), size - 1) if present else 0
        picks = np.concatenate([chance.choice(witnesses, seen), chance.choice(others, size - seen)])
        bags.append((frames[picks.astype(int)], present))
    return bags


def train_head(kind, sections, validation, epochs, contrast, seed=7):
    """Adam on real and recombined bags in equal parts, from the frame head's contrast (weight, bias) on where one keyframe may decide; the best by validation AUC is kept."""
    torch.manual_seed(seed)
    chance = np.random.default_rng(seed)
    head = HEADS[kind]()
    if kind == "mean":
        nn.init.normal_(head.classifier.weight, std=0.01)
    else:
        head.classifier.weight.data, head.classifier.bias.data = (part.clone()[None] for part in contrast)
    optimiser = torch.optim.Adam(head.parameters(), lr=5e-4, weight_decay=1e-4)
    frames = torch.cat([f for f, _ in sections])
    labels = np.concatenate([l for _, l in sections])
    witnesses, others = np.flatnonzero(labels[:, lf.WITNESS] == 1), np.flatnonzero(labels[:, lf.WITNESS] == 0)
    real = real_bags(sections)
    features, mask, truth = stacked(real_bags(validation))
    best, kept = -1.0, None
    for epoch in range(epochs):
        bags = real + recombined(frames, witnesses, others, len(real), chance)
        order = chance.permutation(len(bags))
        for start in range(0, len(order), 32):
            f, m, t = stacked([bags[i] for i in order[start : start + 32]])
            loss = F.binary_cross_entropy_with_logits(batched(head, f, m), t)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        with torch.no_grad():
            logits = batched(head, features, mask)
            value = area(truth.numpy(), logits.numpy(), resamples=20)["value"]
            # Equal areas are parted by the loss.
            value -= 0.01 * F.binary_cross_entropy_with_logits(logits, truth).item()
        if value > best:
            best, kept = value, {k: v.clone() for k, v in head.state_dict().items()}
    head.load_state_dict(kept)
    print(f"{kind}: validation score {best:.4f}", flush=True)
    return head.eval()


def train_popliteal(sections, weight, bias, epochs=40):
    """Section head of the anatomical view: the mean feature, from the frame head's weights on, which stay where sections of both kinds are not there."""
    layer = nn.Linear(2048, 1)
    layer.weight.data, layer.bias.data = weight[None].clone(), bias[None].clone()
    sections = [(f, l) for f, l in sections if l[0, lf.POPLITEAL] >= 0]
    if len({int(l[0, lf.POPLITEAL]) for _, l in sections}) < 2:
        return layer.eval()
    means = torch.stack([f.mean(0) for f, _ in sections])
    truth = torch.tensor([float(l[0, lf.POPLITEAL]) for _, l in sections])
    optimiser = torch.optim.Adam(layer.parameters(), lr=1e-4)
    for _ in range(epochs):
        loss = F.binary_cross_entropy_with_logits(layer(means)[:, 0], truth)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return layer.eval()


def both_kinds(truth):
    return len(set(truth.tolist())) > 1


def known(truth, score):
    return truth[truth >= 0], score[truth >= 0]


def scores(sections, heads, popliteal, tasks):
    """Truth and probability of every output over a set, of the cases that have the label."""
    features, mask, truth = stacked(real_bags(sections))
    frames = torch.cat([f for f, _ in sections])
    labels = np.concatenate([l for _, l in sections])
    with torch.no_grad():
        logits = torch.sigmoid(tasks(frames)).numpy()
        means = torch.stack([f.mean(0) for f, _ in sections])
        veins = np.array([l[0, lf.POPLITEAL] for _, l in sections])
        result = {
            "longitudinal": known(labels[:, lf.LONGITUDINAL], logits[:, 0]),
            "compression": known(labels[:, lf.COMPRESSION], logits[:, 1]),
            "popliteal": known(veins, torch.sigmoid(popliteal(means))[:, 0].numpy()),
            "frame-contrast": known(labels[:, lf.WITNESS], logits[:, 3]),
        }
        for kind, head in heads.items():
            result[f"sec-{kind}"] = (truth.numpy().astype(int), torch.sigmoid(batched(head, features, mask)).numpy())
    return result


def by_grade(sections, head, threshold):
    """Of sections with contrast, by grade: how many there are and how many are called."""
    features, mask, _ = stacked(real_bags(sections))
    with torch.no_grad():
        calls = torch.sigmoid(batched(head, features, mask)).numpy() >= threshold
    grades = np.array([l[0, lf.GRADE] for _, l in sections if l[0, lf.GRADE] >= 0])
    return {name: {"cases": int((grades == n).sum()), "called": int(calls[grades == n].sum())} for n, name in ((1, "mild"), (2, "marked"))}


def witness_attention(sections, head):
    """Mean share of attention that falls on witnesses, over sections that have some, and the share they would have by count."""
    given, count = [], []
    with torch.no_grad():
        for f, l in sections:
            if (l[:, lf.WITNESS] == 1).any() and (l[:, lf.WITNESS] >= 0).all():
                given.append(head(f)[1][torch.from_numpy(l[:, lf.WITNESS] == 1)].sum().item())
                count.append(float(l[:, lf.WITNESS].mean()))
    return {"attention": float(np.mean(given)), "byCount": float(np.mean(count))} if given else None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--run", required=True)
    parser.add_argument("--checkpoint", required=True)
    parser.add_argument("--data", help="folder of DICOM files with labels.json files, in place of the simulation; then no counts are asked for")
    parser.add_argument("--train", type=int, default=450)
    parser.add_argument("--train-native", type=int, default=280)
    parser.add_argument("--validation", type=int, default=110)
    parser.add_argument("--validation-native", type=int, default=134, help="sections that give the thresholds, as studies come")
    parser.add_argument("--held-out", type=int, default=180)
    parser.add_argument("--held-out-native", type=int, default=60)
    parser.add_argument("--held-out-last", type=int, default=0, help="sections to be measured once, when nothing is left to choose")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--rendered", help="folder of sections that frames.ts wrote beforehand, `<set>-<count>.bin`; those missing are simulated")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--largest", type=int, nargs=2, default=(320, 448), metavar=("ROWS", "COLUMNS"), help="frames are shrunk to fit")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    os.makedirs(options.run, exist_ok=True)
    kept = torch.load(options.checkpoint)
    model = FrameModel()
    model.load_state_dict(kept["model"])
    model.eval()
    backbone = quantised(model.backbone).to(memory_format=torch.channels_last)
    if options.data is not None:
        sets = {name: from_folder(backbone, name, options) for name in ("train", "validation", "held-out")}
        for name, sections in sets.items():
            if len({bool(present) for _, present in real_bags(sections)}) < 2:
                raise SystemExit(f"{name}: sections with and without contrast are needed, of the patients of this part")
        thresholds = sets["validation"]
    else:
        sets = {name: cache(backbone, name, getattr(options, name.replace("-", "_")), options) for name in SETS}
        thresholds = sets["validation-native"]
        sets["train"], sets["validation"] = sets["train"] + sets["train-native"], sets["validation"] + thresholds
    contrast = model.tasks.weight.data[3], model.tasks.bias.data[3]
    heads = {kind: train_head(kind, sets["train"], sets["validation"], options.epochs, contrast) for kind in HEADS}
    popliteal = train_popliteal(sets["train"], model.tasks.weight.data[2], model.tasks.bias.data[2])
    validated = scores(thresholds, heads, popliteal, model.tasks)
    chosen = {name: youden(*pair) for name, pair in validated.items() if both_kinds(pair[0])}
    measured = {cohort: {} for cohort in ("held-out", "held-out-native", "held-out-last") if sets.get(cohort)}
    for cohort, figures in measured.items():
        for name, (truth, score) in scores(sets[cohort], heads, popliteal, model.tasks).items():
            if name not in chosen or not both_kinds(truth):
                print(cohort, name, "has no figures: labels of both kinds are needed, in validation too", flush=True)
                continue
            figures[name] = {"cases": len(truth), "auc": area(truth, score), **confusion(truth, score, chosen[name])}
            print(cohort, name, json.dumps(figures[name]), flush=True)
    report = {
        "cohort": PHANTOMS if options.data is None else PATIENTS,
        "weights": "as exported (dequantised int8)",
        "thresholds": "Youden on the validation set" if options.data is not None else "Youden on the native validation set",
        "largest": list(options.largest),
        "sections": {name: len(value) for name, value in sets.items()},
        "backbone": {"stage": kept["stage"], "step": kept["step"], "validation": {task: None if np.isnan(value) else value for task, value in kept["measured"].items()}},
        "heldOut": measured["held-out"],
        **({"heldOutNative": measured["held-out-native"]} if options.data is None else {"training": "labelled DICOM files of a folder"}),
        **({"heldOutLast": measured["held-out-last"], "grades": by_grade(sets["held-out-last"], heads["attention"], chosen["sec-attention"])} if "held-out-last" in measured else {}),
        "attentionOnWitnesses": witness_attention(sets["held-out"], heads["attention"]),
    }
    with open(os.path.join(options.run, "metrics.json"), "w") as file:
        json.dump(report, file, indent=2)
    torch.save(
        {
            "heads": {kind: head.state_dict() for kind, head in heads.items()},
            "popliteal": popliteal.state_dict(),
            "thresholds": chosen,
            "checkpoint": options.checkpoint,
        },
        os.path.join(options.run, "heads.pt"),
    )


if __name__ == "__main__":
    main()
