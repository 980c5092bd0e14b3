"""Trains the trunk of echo-cmr (R(2+1)D-18) on simulated clips: first on the ventricle alone and eight moments, then on whole pictures.

In: clip files of `echo-clips.ts` (they may still grow), a run folder and the schedule. Out: `last.pt`, `best-<stage>.pt` (by validation),
`log.txt`, `config-<stage>.json` in the run folder. It can be stopped at any time and goes on from `last.pt`.

Besides the finding itself (a wall moves abnormally in the view) the trunk learns how far each segment of the view moves, which phantoms
know. Tissue quantities play no part here: no picture tells of them.
"""
import argparse
import json
import os
import sys
import time
from functools import partial

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch import nn
from torch.nn import functional as F

import provenance
from echo_clips import CMR_VIEWS, SHARES, Clips
from leg_frames import averaging
from r2plus1d import R2Plus1D
from r2plus1d_fast import fast_maps

#: Side of the network's input for whole pictures, and for the ventricle alone at the same scale. The paper's input; 56, 40 for the weights of 0.1.0.
SIDE, CROP = 112, 80
#: Grey values of simulated pictures, 0..255; the same for all three channels.
MEAN, DEVIATION = 30.0, 45.0
#: Frames of a clip of the whole stage: every second one of 50 a second. A shorter clip is filled up with zeros. 8, 7.5, 1 for the weights of 0.1.0.
LENGTH, RATE, STEP = 32, 50, 2
#: Averages and differences over three moments.
COURSES = np.array([[0.3, 0.5, 0.3], [-0.6, 0, 0.6], [-0.35, 0.7, -0.35]])


class ViewModel(nn.Module):
    """Trunk, average over time and place; for each view a logit of the finding and the motion of seven thirds of walls."""

    def __init__(self, width=1):
        super().__init__()
        self.trunk = R2Plus1D(width)
        features = self.trunk.layer4[1].conv2[1].num_features
        chance = np.random.default_rng(3)
        for name, part in self.trunk.named_modules():
            if name.endswith("conv2.1"):
                nn.init.constant_(part.weight, 0.5)
            if isinstance(part, nn.Conv3d) and part.kernel_size == (3, 1, 1):
                # Every filter starts as an average or a difference over time, so that motion shows from the first step on.
                course = torch.from_numpy(COURSES[chance.integers(0, len(COURSES), len(part.weight))]).float()
                scale = part.weight.data.std()
                part.weight.data = part.weight.data[:, :, 1:2] * course[:, None, :, None, None]
                part.weight.data *= scale / part.weight.data.std()
        self.finding = nn.Linear(features, len(CMR_VIEWS))
        self.motion = nn.Linear(features, len(CMR_VIEWS) * SHARES)
        nn.init.normal_(self.finding.weight, std=0.01)
        nn.init.normal_(self.motion.weight, std=0.01)
        nn.init.constant_(self.motion.bias, 0.8)

    def forward(self, clips, views):
        features = fast_maps(self.trunk, clips).mean((0, 2, 3))
        row = torch.arange(len(views))
        return self.finding(features)[row, views], self.motion(features).view(-1, len(CMR_VIEWS), SHARES)[row, views]


def crop(frames, at, size):
    """A square of `size` pixels around a place (column, row), as far as the picture goes."""
    rows, columns = frames.shape[1:]
    top = int(np.clip(at[1] - size // 2, 0, rows - size))
    left = int(np.clip(at[0] - size // 2, 0, columns - size))
    return frames[:, top : top + size, left : left + size]


def as_input(frames, side):
    """Grey [t, h, w], area-averaged as the node does, to [1, 1, t, side, side]."""
    down = averaging(frames.shape[1], side)
    grey = down @ torch.from_numpy(np.array(frames, np.float32)) @ down.T
    return ((grey - MEAN) / DEVIATION)[None, None]


def middle(clips, i):
    label = clips.labels[i]
    # The long axis shows the ventricle's apical third no more: what is seen lies nearer to the middle of the picture.
    return int(label[9]) + (14 if label[0] == 2 else 0), int(label[10])


def coloured(frames, chance):
    """Gain, contrast and grey map of another examination."""
    grey = torch.from_numpy(frames.copy()).float() / 255
    grey = grey.clamp(min=0) ** float(chance.uniform(0.75, 1.35)) * float(chance.uniform(0.75, 1.3)) + float(chance.uniform(-0.05, 0.05))
    return (grey.clamp(0, 1) * 255).numpy()


def beat_clip(clips, i, chance=None):
    """Eight moments of the ventricle."""
    frames, (column, row) = clips.frames[i], middle(clips, i)
    if chance is None:
        return as_input(crop(frames, (column, row), CROP), CROP)
    size = int(chance.integers(76, 101))
    at = (column + int(chance.integers(-6, 7)), row + int(chance.integers(-6, 7)))
    return as_input(coloured(crop(frames, at, size), chance), CROP)


def whole_clip(clips, i, chance=None, length=LENGTH, every=1):
    """The first frames of a clip as the node gives them, filled up with zeros; for training from anywhere in it, shifted by a few pixels."""
    frames = clips.frames[i][::every]
    if chance is not None:
        start = int(chance.integers(0, max(0, len(frames) - length) + 1))
        frames = coloured(np.roll(frames[start : start + length], tuple(chance.integers(-5, 6, 2)), (1, 2)), chance)
    clip = as_input(frames[:length], SIDE)
    return F.pad(clip, (0, 0, 0, 0, 0, length - clip.shape[2]))


def batch_of(clips, picks, make, chance):
    """Clips of `make`, filled up with zeros to the longest of them."""
    made = [make(clips, i, chance) for i in picks]
    longest = max(clip.shape[2] for clip in made)
    return torch.cat([F.pad(clip, (0, 0, 0, 0, 0, longest - clip.shape[2])) for clip in made])


def loss_of(model, clips, picks, make, chance):
    batch = batch_of(clips, picks, make, chance)
    views = torch.tensor([int(clips.labels[i][0]) for i in picks])
    visible = torch.tensor([float(clips.labels[i][1]) for i in picks])
    shares = torch.from_numpy(clips.shares_of(picks)).float()
    shown = (shares != 0).float()
    finding, motion = model(batch, views)
    far = F.smooth_l1_loss(motion, shares, reduction="none", beta=0.2) * shown
    known = (visible >= 0).float()
    unsure = F.binary_cross_entropy_with_logits(finding, visible.clamp(min=0), reduction="none") * known
    return unsure.sum() / known.sum().clamp(min=1), far.sum() / shown.sum().clamp(min=1)


def evaluate(model, clips, make):
    model.eval()
    scores, moved = [], []
    with torch.no_grad():
        for i in range(len(clips.frames)):
            finding, motion = model(make(clips, i), torch.tensor([int(clips.labels[i][0])]))
            scores.append(finding.item())
            moved.append(motion[0].numpy())
    truth, views, scores, shares = clips.column("visible"), clips.column("view"), np.array(scores), clips.shares()
    moved = np.stack(moved)
    shown = shares != 0
    result = {"all": roc_auc_score(truth, scores), "least": roc_auc_score(truth, -np.where(shown, moved, 9).min(1))}
    for n, view in enumerate(CMR_VIEWS):
        one = views == n
        result[view] = roc_auc_score(truth[one], scores[one])
    result["motion r"] = np.corrcoef(moved[shown], shares[shown])[0, 1]
    return result


def to_train(model, frozen):
    """Training mode; the frozen parts of the trunk stay as they are, their normalisation too."""
    model.train()
    for part in frozen:
        getattr(model.trunk, part).requires_grad_(False).eval()


def settle(model, clips, make, chance, count):
    """Takes the means and variances of the normalisations that train anew, over clips as the node gives them."""
    norms = [part for part in model.modules() if isinstance(part, nn.BatchNorm3d) and part.training]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
    with torch.no_grad():
        for _ in range(count // 6):
            batch = batch_of(clips, chance.integers(0, len(clips.frames), 6), make, chance)
            fast_maps(model.trunk, batch)


def rate(step, steps, peak):
    warm = min(1.0, (step + 1) / 40)
    return peak * warm * (0.02 + 0.98 * 0.5 * (1 + np.cos(np.pi * min(1.0, step / steps))))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--run", required=True)
    parser.add_argument("--stage", choices=("beat", "whole"), required=True)
    parser.add_argument("--clips", nargs="+", required=True)
    parser.add_argument("--validation", required=True)
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--width", type=float, default=0.25, help="share of the channels that is trained; the export widens the network")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--peak", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--threads", type=int, default=1, help="more only pay on an idle machine")
    parser.add_argument("--validate", type=int, default=80)
    parser.add_argument("--length", type=int, default=LENGTH, help="frames of a clip while the whole stage trains; fewer are quicker")
    parser.add_argument("--every", type=int, default=1, help="take every n-th frame while the whole stage trains, which is quicker too")
    parser.add_argument("--frozen", nargs="*", default=[], help="parts of the trunk that learn no more: stem layer1 ...")
    parser.add_argument("--settle", type=int, default=0, help="whole clips at the end to take the normalisations anew from")
    parser.add_argument("--start", help="checkpoint to begin the stage from")
    parser.add_argument("--until", default="99:99", help="time of day (UTC) to stop at, HH:MM")
    options = parser.parse_args()
    os.makedirs(options.run, exist_ok=True)
    log = open(os.path.join(options.run, "log.txt"), "a", buffering=1)
    began = time.time()

    def say(text):
        line = f"{time.time() - began:7.0f} s  {options.stage:5s}  {text}"
        log.write(line + "\n")
        print(line, flush=True)

    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    chance = np.random.default_rng(options.seed + (1 if options.stage == "whole" else 0))
    make = beat_clip if options.stage == "beat" else partial(whole_clip, length=options.length, every=options.every)
    model = ViewModel(options.width)
    optimiser = torch.optim.AdamW(model.parameters(), lr=options.peak, weight_decay=1e-2)
    last = os.path.join(options.run, "last.pt")
    step, best, before = 0, 0.0, []
    if os.path.exists(last) and torch.load(last)["stage"] == options.stage:
        kept = torch.load(last)
        model.load_state_dict(kept["model"])
        optimiser.load_state_dict(kept["optimiser"])
        step, best, before = kept["step"], kept["best"], kept["origins"]
        chance = np.random.default_rng(options.seed + 1000 + step)
    elif options.start:
        begun = torch.load(options.start)
        model.load_state_dict(begun["model"])
        before = begun.get("origins", [provenance.SIMULATED])
    clips, validation = Clips(*options.clips), Clips(options.validation)
    origins = sorted({*before, *provenance.origins(clips.column("family"))})
    with open(os.path.join(options.run, f"config-{options.stage}.json"), "w") as file:
        json.dump({**vars(options), "optimiser": "AdamW", "mean": MEAN, "deviation": DEVIATION, "origins": origins}, file, indent=2)
    say(f"{len(clips.frames)} clips, {len(validation.frames)} for validation, from step {step} to {options.steps}")

    def saved(measured, **more):
        facts = {"width": options.width, "stage": options.stage, "step": step, "measured": measured, "origins": origins}
        return {"model": model.state_dict(), **facts, **more}

    losses = []
    to_train(model, options.frozen)
    while step < options.steps and time.strftime("%H:%M", time.gmtime()) < options.until:
        picks = chance.integers(0, len(clips.frames), options.batch)
        for group in optimiser.param_groups:
            group["lr"] = rate(step, options.steps, options.peak)
        finding, motion = loss_of(model, clips, picks, make, chance)
        optimiser.zero_grad()
        (0.5 * finding + 4 * motion).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimiser.step()
        step += 1
        losses.append((finding.item(), motion.item()))
        sys.stderr.write(f"\r{options.stage} {step}/{options.steps}")
        if step % 20 == 0:
            one, other = np.mean(losses, 0)
            say(f"step {step}  finding {one:.4f}  motion {other:.4f}  rate {group['lr']:.2e}  clips {clips.more()}")
            losses = []
            validation.more()
        if step % options.validate == 0 or step == options.steps:
            measured = evaluate(model, validation, make)
            to_train(model, options.frozen)
            say("validation  " + "  ".join(f"{task} {value:.4f}" for task, value in measured.items()))
            if measured["all"] > best:
                best = measured["all"]
                torch.save(saved(measured), os.path.join(options.run, f"best-{options.stage}.pt"))
            torch.save(saved(measured, optimiser=optimiser.state_dict(), best=best), last + ".part")
            os.replace(last + ".part", last)
    if options.settle:
        settle(model, clips, make, chance, options.settle)
        measured = evaluate(model, validation, make)
        say("settled  " + "  ".join(f"{task} {value:.4f}" for task, value in measured.items()))
        torch.save(saved(measured), os.path.join(options.run, f"settled-{options.stage}.pt"))
    say("finished")


if __name__ == "__main__":
    main()
