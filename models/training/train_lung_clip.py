"""Trains the cine part of lung-score (Bi-LSTM, linear) on features of the trained frame part.

In: a run folder with `best.pt` of `train_lung_trunk.py`, rendered cines. Out: `lung.pt` (state of the whole network, int8 values in the convolutions),
`log.txt`, `config-clip.json` in the run folder. Features are kept in the run folder, so that it goes on where it was stopped.
"""
import argparse
import copy
import hashlib
import json
import os
import sys
import time

import numpy as np
import torch
from torch import nn

import lung_cines as lc
from lung_net import CHANNELS, LungNet, attended, sord_loss, take_trunk
from quantise import quantise_
from train_lung_trunk import Trunk, augmented

HIDDEN = 64


def quantised(net):
    """A copy in evaluation mode whose convolutions have the int8 values of the model folder."""
    result = copy.deepcopy(net).eval()
    with torch.no_grad():
        for module in result.modules():
            if isinstance(module, nn.Conv2d):
                quantise_(module)
    return result


def features_of(net, cines, times, seed):
    """Features of every cine, plain and `times` augmented: list of (float32 [t, 256], score)."""
    pixels, first, labels = cines
    chance = np.random.default_rng(seed)
    found = []
    with torch.no_grad():
        for number in range(len(labels)):
            frames = torch.from_numpy(pixels[first[number] : first[number + 1]]).float()
            shown = [frames] + [augmented(frames, chance, lc.SIZE, alike=True) for _ in range(times)]
            for one in shown:
                pooled, _ = attended(net.features, net.attention, lc.as_input(one))
                found.append((pooled.numpy(), int(labels[number, lc.SCORE])))
            done = 30 * (number + 1) // len(labels)
            print(f"\rfeatures [{'#' * done:30s}] {number + 1}/{len(labels)} cines", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return found


def kept_features(net, path, options):
    """The same from a file of rendered cines, kept in the run folder under a name of the network, the file and the options."""
    times, seed, run = options
    state = hashlib.sha256(b"".join(value.numpy().tobytes() for part in (net.features, net.attention) for value in part.state_dict().values())).hexdigest()[:12]
    name = os.path.join(run, f"features-{os.path.basename(path)}-{times}-{state}.pt")
    if not os.path.exists(name):
        torch.save(features_of(net, lc.load(path), times, seed), name)
    return torch.load(name)


def timed(sequence, frames, chance):
    """A sequence brought to a number of frames: a random part of it, forwards or backwards, features interpolated between neighbours."""
    sequence = torch.from_numpy(sequence)
    if chance.random() < 0.5:
        sequence = sequence.flip(0)
    length = len(sequence)
    share = chance.uniform(0.6, 1)
    start = chance.uniform(0, (1 - share) * (length - 1))
    at = torch.from_numpy(np.linspace(start, start + share * (length - 1), frames)).float()
    low = at.floor().long().clamp(max=length - 1)
    high = (low + 1).clamp(max=length - 1)
    part = (at - low)[:, None]
    return sequence[low] * (1 - part) + sequence[high] * part


def standardised_(net, mean, deviation):
    """Folds (x - mean) / deviation into the input weights of the LSTM, which was trained on standardised features."""
    with torch.no_grad():
        for suffix in ("", "_reverse"):
            weight, bias = getattr(net.lstm, f"weight_ih_l0{suffix}"), getattr(net.lstm, f"bias_ih_l0{suffix}")
            weight /= deviation[None]
            bias -= weight @ mean


def main():
    parser = argparse.ArgumentParser(description="Trains the cine part of lung-score.")
    parser.add_argument("--run", required=True)
    parser.add_argument("--data", nargs="+", required=True, help="files of lung_cines.py")
    parser.add_argument("--validation", nargs="+", required=True, help="files of lung_cines.py")
    parser.add_argument("--times", type=int, default=1, help="augmented copies of each cine")
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--longest", type=int, default=64, help="sequences have 8 to so many frames")
    parser.add_argument("--peak", type=float, default=1e-3)
    parser.add_argument("--decay", type=float, default=1e-2)
    parser.add_argument("--seed", type=int, default=20)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    chance = np.random.default_rng(options.seed)
    log = open(os.path.join(options.run, "log.txt"), "a", buffering=1)
    began = time.time()

    def say(text):
        log.write(f"{time.time() - began:7.0f} s  clip   {text}\n")

    trunk = Trunk()
    trunk.load_state_dict(torch.load(os.path.join(options.run, "best.pt"))["model"])
    net = LungNet(HIDDEN)
    take_trunk(net, trunk.eval())
    net = quantised(net)
    data = [one for path in options.data for one in kept_features(net, path, (options.times, options.seed, options.run))]
    validation = [one for path in options.validation for one in kept_features(net, path, (0, options.seed, options.run))]
    say(f"{len(data)} sequences for training, {len(validation)} for validation")
    every = torch.from_numpy(np.concatenate([sequence for sequence, _ in data]))
    mean, deviation = every.mean(0), every.std(0).clamp(min=0.05 * every.std(0).mean())
    data = [((sequence - mean.numpy()) / deviation.numpy(), score) for sequence, score in data]
    scores = np.array([score for _, score in data])
    by_score = [np.flatnonzero(scores == score) for score in range(4)]
    part = nn.ModuleList([net.lstm, net.linear]).train()
    optimiser = torch.optim.AdamW(part.parameters(), lr=options.peak, weight_decay=options.decay)
    best, kept, running = float("inf"), None, []
    for step in range(options.steps):
        for group in optimiser.param_groups:
            group["lr"] = options.peak * min(1, (step + 1) / 50) * 0.5 * (1 + np.cos(np.pi * step / options.steps))
        frames = int(chance.integers(8, options.longest + 1))
        which = [int(chance.choice(by_score[i % 4])) for i in range(options.batch)]
        batch = torch.stack([timed(data[i][0], frames, chance) for i in which])
        batch = batch + 0.1 * torch.randn_like(batch)
        dropped = (torch.rand(len(batch), 1, CHANNELS) < 0.15).float()
        loss = sord_loss(net.classify(batch * (1 - dropped)), torch.from_numpy(scores[which]))
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(part.parameters(), 2.0)
        optimiser.step()
        running.append(loss.item())
        print(f"\r[{'#' * (30 * (step + 1) // options.steps):30s}] {step + 1}/{options.steps}  loss {running[-1]:.3f}", end="", file=sys.stderr, flush=True)
        if (step + 1) % 50 == 0:
            part.eval()
            with torch.no_grad():
                logits = torch.cat([net.classify(((torch.from_numpy(s) - mean) / deviation)[None]) for s, _ in validation])
                truth = torch.tensor([score for _, score in validation])
                measured, right = sord_loss(logits, truth).item(), (logits.argmax(1) == truth).float().mean().item()
            part.train()
            say(f"step {step + 1}  loss {np.mean(running):.4f}  validation loss {measured:.4f}  accuracy {right:.4f}")
            running = []
            if measured <= best:
                best, kept = measured, copy.deepcopy(net.state_dict())
    print(file=sys.stderr)
    net.load_state_dict(kept)
    standardised_(net, mean, deviation)
    torch.save({"state_dict": net.state_dict(), "hidden": HIDDEN, "readout": net.readout}, os.path.join(options.run, "lung.pt"))
    with open(os.path.join(options.run, "config-clip.json"), "w") as file:
        settings = {k: v for k, v in vars(options).items() if k not in ("run", "data", "validation")}
        json.dump({**settings, "hidden": HIDDEN, "readout": net.readout, "optimiser": "AdamW"}, file, indent=2)
    say("finished")


if __name__ == "__main__":
    main()
