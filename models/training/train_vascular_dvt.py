"""Trains AutoDVT on simulated compression cines, both tasks at once.

In: files of the generator, a run folder, a stage and its schedule. Out: `last.pt`, `log.txt`, `config-<stage>.json` in the run folder. It can be
stopped at any time and goes on from `last.pt`; the files of training clips may grow meanwhile. Stage `stills` takes single frames as if they stood
still for nine, which is the same network at a twelfth of the cost; stage `clips` takes frames as they move. As the paper has it: Adam from 1e-3 with exponential
decay, weight decay 1e-5, the sum of two cross-entropies, the weights of the last step. Dropout is 0.2 where the paper has 0.5: simulated
clips are drawn anew, so that there is little to overfit.
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
from autodvt import LANDMARKS, STACK, AutoDVT

# The rate at the end, as a share of that at the start: 50 epochs of decay by 0.92.
LAST_RATE = 0.92**50


def batch_of(clips, chance, size, frames):
    grey, landmarks, shares = [], [], []
    for index in chance.integers(0, len(clips), size):
        pixels, landmark, share = clips[index]
        first = int(chance.integers(0, len(pixels) - frames + 1))
        window = slice(first, first + frames)
        order = -1 if chance.random() < 0.5 else 1
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


def loss_of(answers, landmarks, shares):
    landmark, lumen, _ = answers
    known = torch.from_numpy((shares >= 0).astype(np.float32))
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
    parser.add_argument("--stage", choices=("stills", "clips"), required=True)
    parser.add_argument("--clips", required=True, nargs="+")
    parser.add_argument("--validation", required=True)
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--batch", type=int, default=12)
    parser.add_argument("--frames", type=int, default=11, help="length of a training clip; it gives frames - 8 answers")
    parser.add_argument("--peak", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=30)
    parser.add_argument("--validate", type=int, default=150)
    parser.add_argument("--start", help="checkpoint to begin the stage from")
    options = parser.parse_args()
    os.makedirs(options.run, exist_ok=True)
    log = open(os.path.join(options.run, "log.txt"), "a", buffering=1)
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    model = AutoDVT()
    optimiser = torch.optim.Adam(model.parameters(), lr=options.peak, betas=(0.9, 0.999), weight_decay=1e-5)
    last = os.path.join(options.run, "last.pt")
    step, spent, clips = 0, 0.0, []
    if os.path.exists(last) and torch.load(last)["stage"] == options.stage:
        kept = torch.load(last)
        model.load_state_dict(kept["model"])
        optimiser.load_state_dict(kept["optimiser"])
        step, spent = kept["step"], kept["spent"]
    elif options.start:
        model.load_state_dict(torch.load(options.start)["model"])
    chance = np.random.default_rng([options.seed, step])
    with open(os.path.join(options.run, f"config-{options.stage}.json"), "w") as file:
        json.dump({**vars(options), "optimiser": "Adam", "weightDecay": 1e-5, "lastRate": LAST_RATE}, file, indent=2)
    validation = dc.ClipFile(options.validation)
    files = [dc.ClipFile(path) for path in options.clips]
    began = time.time() - spent

    def say(text):
        log.write(f"{time.time() - began:7.0f} s  {options.stage:6s}  {text}\n")

    say(f"from step {step} to {options.steps}, {sum(file.grow() for file in files)} clips, {validation.grow()} validation clips")
    running = []
    model.train()
    while step < options.steps:
        if step % 20 == 0 or not clips:
            clips = [clip for file in files for clip in (file.grow() and file.clips)]
            clips = [clip for clip in clips if options.stage == "stills" or len(clip[0]) >= options.frames]
        for group in optimiser.param_groups:
            group["lr"] = options.peak * LAST_RATE ** (step / options.steps)
        if options.stage == "stills":
            grey, landmarks, shares = stills_of(clips, chance, options.batch)
            answers = model.still(dc.augmented_input(grey, chance)[:, :, 0])
        else:
            grey, landmarks, shares = batch_of(clips, chance, options.batch, options.frames)
            answers = model(dc.augmented_input(grey, chance))
        loss = loss_of(answers, landmarks, shares)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        step += 1
        running.append(loss.item())
        print(f"\r{step}/{options.steps}  loss {np.mean(running[-20:]):.3f}", end="", file=sys.stderr, flush=True)
        if step % 25 == 0:
            say(f"step {step}  loss {np.mean(running[-25:]):.4f}  rate {group['lr']:.2e}  clips {len(clips)}")
        if step % options.validate == 0 or step == options.steps:
            validation.grow()
            measured = figures(*answers_of(model, validation.clips))
            say("validation  " + "  ".join(f"{name} {value:.4f}" for name, value in measured.items()))
        if step % 50 == 0 or step == options.steps:
            kept = {"stage": options.stage, "model": model.state_dict(), "optimiser": optimiser.state_dict(), "step": step, "spent": time.time() - began}
            torch.save(kept, last + ".part")
            os.replace(last + ".part", last)
    say("finished")


if __name__ == "__main__":
    main()
