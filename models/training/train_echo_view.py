"""Trains echo-view on frames of simulated clips and measures it on held-out ones.

In: clip files of `echo-clips.ts` and `echo-others.ts`. Out: `view.pt`, `view-metrics.json`, `view-log.txt`, `view-config.json` in the run folder.
It can be stopped at any time and goes on from `view-last.pt`.
"""
import argparse
import json
import os
import sys
import time

import numpy as np
import torch
from torch.nn import functional as F

import provenance
from echo_clips import HEARTS, VIEWS, Clips
from echo_view_net import CLASSES, DEVIATION, MEAN, EchoViewNet
from measures import choice
from quantise import fold_sequences_

#: Frames of a clip that are read to say its view, evenly spread.
FRAMES = 3
#: Least probability of a view that is taken without a label.
THRESHOLD = 0.8


def as_input(frames):
    return ((torch.from_numpy(np.array(frames, np.float32)) - MEAN) / DEVIATION)[:, None]


def augmented(frame, chance):
    """Another gain, grey map, place and size."""
    grey = torch.from_numpy(frame.copy()).float()[None, None] / 255
    grey = (grey ** float(chance.uniform(0.7, 1.4)) * float(chance.uniform(0.7, 1.35)) + float(chance.uniform(-0.05, 0.05))).clamp(0, 1)
    size = float(chance.uniform(0.88, 1.12))
    moved = [[1 / size, 0, float(chance.uniform(-0.1, 0.1))], [0, 1 / size, float(chance.uniform(-0.1, 0.1))]]
    grid = F.affine_grid(torch.tensor([moved]), grey.shape, align_corners=False)
    grey = F.grid_sample(grey, grid, align_corners=False)
    if chance.random() < 0.3:
        grey = F.avg_pool2d(F.pad(grey, (1, 1, 1, 1), mode="replicate"), 3, 1)
    return (grey * 255 - MEAN) / DEVIATION


def classes_of(clips):
    return np.minimum(clips.column("view"), CLASSES.index("other"))


def predicted(net, clips):
    """P of each class, the mean over the frames read of each clip."""
    net.eval()
    rows = []
    with torch.no_grad():
        for frames in clips.frames:
            picks = np.round(np.linspace(0, len(frames) - 1, FRAMES)).astype(int)
            rows.append(torch.softmax(net(as_input(frames[picks])), 1).mean(0).numpy())
    return np.stack(rows)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--run", required=True)
    parser.add_argument("--clips", nargs="+", required=True)
    parser.add_argument("--validation", nargs="+", required=True)
    parser.add_argument("--held-out", nargs="+", default=[])
    parser.add_argument("--steps", type=int, default=900)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--peak", type=float, default=3e-3)
    parser.add_argument("--seed", type=int, default=20)
    options = parser.parse_args()
    os.makedirs(options.run, exist_ok=True)
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    chance = np.random.default_rng(options.seed)
    path = os.path.join(options.run, "view.pt")
    net = EchoViewNet()
    if os.path.exists(path):
        net.load_state_dict(torch.load(path)["model"])
    else:
        clips, validation = Clips(*options.clips), Clips(*options.validation)
        origins = provenance.origins(np.concatenate([clips.column("family"), validation.column("family")]))
        with open(os.path.join(options.run, "view-config.json"), "w") as file:
            json.dump({**vars(options), "optimiser": "AdamW", "origins": origins}, file, indent=2)
        with open(os.path.join(options.run, "view-log.txt"), "a", buffering=1) as log:
            train(net, options, (clips, validation, chance, log))
        torch.save({"model": net.state_dict()}, path)
    if options.held_out:
        fold_sequences_(net.eval())
        held_out = Clips(*options.held_out)
        probabilities = predicted(net, held_out)
        hearts = held_out.column("view") < len(HEARTS)
        measured = choice(classes_of(held_out)[hearts], probabilities[hearts].argmax(1), len(CLASSES))
        metrics = {"heldOut": measured, "sure": sure(held_out, probabilities), "frames": FRAMES, "threshold": THRESHOLD}
        metrics["heldOutOrigins"] = provenance.origins(held_out.column("family"))
        with open(os.path.join(options.run, "view-metrics.json"), "w") as file:
            json.dump(metrics, file, indent=2)
        print(measured["accuracy"], measured["matrix"], metrics["sure"])


def sure(clips, probabilities):
    """For every kind of picture: cines, those taken for one of the three views without a label, and those taken for another view."""
    rows = {}
    for number, name in enumerate(VIEWS):
        own = probabilities[clips.column("view") == number]
        if len(own):
            taken = (own.argmax(1) < CLASSES.index("other")) & (own.max(1) >= THRESHOLD)
            rows[name] = {"cines": len(own), "takenForAView": int(taken.sum()), "other": int((own.argmax(1) == CLASSES.index("other")).sum())}
    return rows


def train(net, options, tools):
    clips, validation, chance, log = tools
    views = clips.column("view")
    # Other views of the heart weigh as two views, and so do pictures of no heart.
    groups = [np.flatnonzero(views == n) for n in range(3)]
    others, hearts = views >= 3, views < len(HEARTS)
    groups += [np.flatnonzero(others & hearts), np.flatnonzero(others & ~hearts)]
    shares = np.array([1, 1, 1, 2, 2]) * [len(group) > 0 for group in groups]
    shares = shares / shares.sum()
    optimiser = torch.optim.AdamW(net.parameters(), lr=options.peak, weight_decay=1e-2)
    last = os.path.join(options.run, "view-last.pt")
    began, losses, best, kept, done = time.time(), [], -1.0, None, 0
    if os.path.exists(last):
        point = torch.load(last)
        net.load_state_dict(point["model"])
        optimiser.load_state_dict(point["optimiser"])
        best, kept, done = point["best"], point["kept"], point["step"]
        chance = np.random.default_rng((options.seed, done))
    for step in range(done + 1, options.steps + 1):
        drawn = chance.choice(len(groups), options.batch, p=shares)
        picks = [int(chance.choice(groups[n])) for n in drawn]
        wanted = np.minimum(drawn, CLASSES.index("other"))
        frames = torch.cat([augmented(clips.frames[i][chance.integers(0, len(clips.frames[i]))], chance) for i in picks])
        for group in optimiser.param_groups:
            group["lr"] = options.peak * min(1, step / 30) * (0.02 + 0.49 * (1 + np.cos(np.pi * step / options.steps)))
        loss = F.cross_entropy(net(frames), torch.from_numpy(wanted))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
        sys.stderr.write(f"\rview {step}/{options.steps}")
        if step % 100 == 0 or step == options.steps:
            found = predicted(net, validation)
            right = classes_of(validation)
            accuracy = float((found.argmax(1) == right).mean())
            score = accuracy + 0.01 * float(np.log(found[np.arange(len(right)), right] + 1e-6).mean())
            log.write(f"{time.time() - began:7.0f} s  step {step}  loss {np.mean(losses):.4f}  validation accuracy {accuracy:.4f}\n")
            losses = []
            if score > best:
                best, kept = score, {name: value.clone() for name, value in net.state_dict().items()}
            net.train()
            point = {"model": net.state_dict(), "optimiser": optimiser.state_dict(), "step": step, "best": best, "kept": kept}
            torch.save(point, last + ".part")
            os.replace(last + ".part", last)
    net.load_state_dict(kept)


if __name__ == "__main__":
    main()
