"""Trains AutoDVT on simulated compression cines, both tasks at once.

In: files of the generator, a run folder, a stage and its schedule. Out: `last.pt`, `log.txt`, `config-<stage>.json` in the run folder. It can be
stopped at any time and goes on from `last.pt`; the files of training clips may grow meanwhile. Stage `stills` takes single frames as if they stood
still for nine, which is the same network at a twelfth of the cost; stage `clips` takes frames as they move; stage `both` takes a batch of each in every step. As the paper has it: Adam from 1e-3 with exponential
decay, weight decay 1e-5, the sum of two cross-entropies, the weights of the last step. Dropout is 0.2 where the paper has 0.5:
windows are also moved, run backwards and made noisy, and single frames stand beside them.
"""
import argparse
import json
import os
import sys
import time

import numpy as np
import torch
from torch.nn import functional as F

import dvt_clips as dc
import provenance
from autodvt import LANDMARKS, STACK, AutoDVT

# The rate at the end, as a share of that at the start: 50 epochs of decay by 0.92.
LAST_RATE = 0.92**50
# Share of the area at rest below which a vein counts as narrowed.
NARROWED_BELOW = 0.5
# Change of that share from frame to frame from which a vein counts as moving.
MOVES_BY = 0.05


def moving(clip, frames):
    """The windows of a clip, as first frame and direction, in whose answered frames the vein closes or opens: they are few, and there an answer lags."""
    share = clip[2]
    moves = np.flatnonzero((np.abs(np.diff(share)) > MOVES_BY) & (share[1:] >= 0) & (share[:-1] >= 0))
    answered = {-1: 0, 1: STACK - 1}
    windows = [(first, order) for first in range(len(share) - frames + 1) for order in answered]
    return [(first, order) for first, order in windows if ((moves >= first + answered[order]) & (moves < first + answered[order] + frames - STACK)).any()]


def batch_of(clips, chance, size, frames):
    """Windows of clips, every other one of a moving vein; `clips` are pairs of a clip and its moving windows."""
    grey, landmarks, shares = [], [], []
    held = [pair for pair in clips if pair[1]]
    for place in range(size):
        among = held if place % 2 and held else clips
        (pixels, landmark, share), windows = among[int(chance.integers(0, len(among)))]
        first, order = int(chance.integers(0, len(pixels) - frames + 1)), -1 if chance.random() < 0.5 else 1
        if among is held:
            first, order = windows[int(chance.integers(0, len(windows)))]
        window = slice(first, first + frames)
        grey.append(dc.on_canvas(pixels[window])[::order].copy())
        landmarks.append(landmark[window][::order][STACK - 1 :].copy())
        shares.append(share[window][::order][STACK - 1 :].copy())
    return torch.from_numpy(np.stack(grey)).float(), np.stack(landmarks), np.stack(shares)


def stills_of(clips, chance, size):
    """Single frames of as many clips, with the axes of clips that give one answer."""
    grey, landmarks, shares = [], [], []
    for index in chance.integers(0, len(clips), size):
        pixels, landmark, share = clips[index]
        at = int(chance.integers(0, len(pixels)))
        grey.append(dc.on_canvas(pixels[at : at + 1]))
        landmarks.append(landmark[at : at + 1])
        shares.append(share[at : at + 1])
    return torch.from_numpy(np.stack(grey)).float(), np.stack(landmarks), np.stack(shares)


def loss_of(answers, landmarks, shares, narrow_weight=1):
    """Frames of a narrowed vein may count more in the task of the lumen: they decide between open and closed, and they are few."""
    landmark, lumen, _ = answers
    known = torch.from_numpy((shares >= 0) * np.where(shares < NARROWED_BELOW, narrow_weight, 1).astype(np.float32))
    target = torch.from_numpy(dc.open_target(np.maximum(shares, 0))).float()
    of_lumen = F.binary_cross_entropy_with_logits(lumen, target, reduction="none") * known
    return F.cross_entropy(landmark.flatten(0, 1), torch.from_numpy(landmarks).flatten()) + of_lumen.sum() / known.sum().clamp(min=1)


def answers_of(model, clips):
    """P(landmark) [frames, 3], P(open) [frames] and the truth, over the answered frames of whole clips."""
    model.eval()
    parts = []
    with torch.no_grad():
        for pixels, landmark, share in clips:
            landmarks, lumen, _ = model(dc.as_input(torch.from_numpy(dc.on_canvas(pixels)).float()[None]))
            truth = landmark[STACK - 1 :], share[STACK - 1 :]
            parts.append((landmarks[0].softmax(1).numpy(), torch.sigmoid(lumen[0]).numpy(), *truth))
    model.train()
    return [np.concatenate(column) for column in zip(*parts)]


def f1(truth, call):
    hit = int((truth & call).sum())
    return 2 * hit / max(1, int(truth.sum()) + int(call.sum()))


def figures(probabilities, lumen, landmark, share):
    """F1 by landmark, and of open and closed among the frames that show a vein."""
    call = probabilities.argmax(1)
    known = share >= 0
    closed, called = share[known] < dc.CLOSED_BELOW, lumen[known] < 0.5
    result = {name: f1(landmark == index, call == index) for index, name in enumerate(LANDMARKS)}
    return {**result, "open": f1(~closed, ~called), "closed": f1(closed, called)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--run", required=True)
    parser.add_argument("--stage", choices=("stills", "clips", "both"), required=True)
    parser.add_argument("--clips", required=True, nargs="+")
    parser.add_argument("--validation", required=True)
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--batch", type=int, default=12)
    parser.add_argument("--stills", type=int, default=24, help="single frames beside the clips in a step of stage both")
    parser.add_argument("--frames", type=int, default=11, help="length of a training clip; it gives frames - 8 answers")
    parser.add_argument("--peak", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=30)
    parser.add_argument("--validate", type=int, default=150)
    parser.add_argument("--narrow-weight", type=float, default=1, help="weight of frames with a narrowed vein in the loss of open and closed")
    parser.add_argument("--start", help="checkpoint to begin the stage from")
    options = parser.parse_args()
    os.makedirs(options.run, exist_ok=True)
    log = open(os.path.join(options.run, "log.txt"), "a", buffering=1)
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    model = AutoDVT()
    optimiser = torch.optim.Adam(model.parameters(), lr=options.peak, betas=(0.9, 0.999), weight_decay=1e-5)
    last = os.path.join(options.run, "last.pt")
    step, spent, taken, singles, clips = 0, 0.0, 0, [], []
    if os.path.exists(last) and torch.load(last)["stage"] == options.stage:
        kept = torch.load(last)
        model.load_state_dict(kept["model"])
        optimiser.load_state_dict(kept["optimiser"])
        step, spent = kept["step"], kept["spent"]
    elif options.start:
        model.load_state_dict(torch.load(options.start)["model"])
    chance = np.random.default_rng([options.seed, step])
    validation = dc.ClipFile(options.validation)
    files = [dc.ClipFile(path) for path in options.clips]
    began = time.time() - spent

    def say(text):
        log.write(f"{time.time() - began:7.0f} s  {options.stage:6s}  {text}\n")

    def keep_settings():
        origins = provenance.origins(family for file in files for family in file.families)
        with open(os.path.join(options.run, f"config-{options.stage}.json"), "w") as file:
            json.dump({**vars(options), "optimiser": "Adam", "weightDecay": 1e-5, "lastRate": LAST_RATE, "origins": origins}, file, indent=2)

    say(f"from step {step} to {options.steps}, {sum(file.grow() for file in files)} clips, {validation.grow()} validation clips")
    keep_settings()
    running = []
    model.train()
    while step < options.steps:
        if step % 20 == 0 or not singles:
            singles = [clip for file in files for clip in (file.clips if file.grow() else [])]
            if len(singles) != taken and options.stage != "stills":
                clips = [(clip, moving(clip, options.frames)) for clip in singles if len(clip[0]) >= options.frames]
            taken = len(singles)
        for group in optimiser.param_groups:
            group["lr"] = options.peak * LAST_RATE ** (step / options.steps)
        optimiser.zero_grad()
        losses = []
        if options.stage != "clips":
            grey, landmarks, shares = stills_of(singles, chance, options.batch if options.stage == "stills" else options.stills)
            losses.append(loss_of(model.still(dc.augmented_input(grey, chance)[:, :, 0]), landmarks, shares, options.narrow_weight))
            losses[-1].backward()
        if options.stage != "stills":
            grey, landmarks, shares = batch_of(clips, chance, options.batch, options.frames)
            losses.append(loss_of(model(dc.augmented_input(grey, chance)), landmarks, shares, options.narrow_weight))
            losses[-1].backward()
        optimiser.step()
        step += 1
        running.append(sum(loss.item() for loss in losses) / len(losses))
        print(f"\r{step}/{options.steps}  loss {np.mean(running[-20:]):.3f}", end="", file=sys.stderr, flush=True)
        if step % 25 == 0:
            say(f"step {step}  loss {np.mean(running[-25:]):.4f}  rate {group['lr']:.2e}  clips {len(singles)}")
        if step % options.validate == 0 or step == options.steps:
            validation.grow()
            measured = figures(*answers_of(model, validation.clips))
            say("validation  " + "  ".join(f"{name} {value:.4f}" for name, value in measured.items()))
        if step % 50 == 0 or step == options.steps:
            kept = {"stage": options.stage, "model": model.state_dict(), "optimiser": optimiser.state_dict(), "step": step, "spent": time.time() - began}
            torch.save(kept, last + ".part")
            os.replace(last + ".part", last)
    keep_settings()
    say("finished")


if __name__ == "__main__":
    main()
