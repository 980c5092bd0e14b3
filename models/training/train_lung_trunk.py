"""Trains the frame part of lung-score on single frames of simulated cines, each with its cine's score: small pictures first, then full size.

In: rendered cines (`lung_cines.py`) for training and validation. Out: `last.pt`, `best.pt`, `log.txt`, `config-trunk.json` in the run folder.
It can be stopped at any time and goes on from `last.pt`; files that match `--data` later are taken in at the next validation.
"""
import argparse
import glob
import json
import os
import sys
import time

import numpy as np
import torch
from torch.nn import functional as F

import lung_cines as lc
from lung_net import Trunk, sord_loss

SMALL = 160


def augmented(frames, chance, size, alike=False):
    """
    Mirrored, turned, shifted, stretched and cut at random; brightness, contrast, grey map, sharpness and noise changed. 0..255 in and out.
    `alike` treats all frames the same way, as those of one cine.
    """
    n = len(frames)

    def draw(low, high):
        return torch.from_numpy(chance.uniform(low, high, 1 if alike else n)).float().expand(n)

    turn, across, down = draw(-0.12, 0.12), draw(0.85, 1.12), draw(0.85, 1.12)
    mirror = torch.where(draw(0, 1) < 0.5, -1.0, 1.0)
    theta = torch.stack(
        [
            torch.stack([mirror * across * torch.cos(turn), -across * torch.sin(turn), draw(-0.1, 0.1)], 1),
            torch.stack([mirror * down * torch.sin(turn), down * torch.cos(turn), draw(-0.08, 0.08)], 1),
        ],
        1,
    )
    grid = F.affine_grid(theta, (n, 1, size, size), align_corners=False)
    shown = F.grid_sample(frames[:, None], grid, align_corners=False) / 255
    blurred = F.avg_pool2d(shown, 3, 1, 1)
    sharp = torch.where(draw(0, 1) < 0.4, draw(-0.3, 1), torch.zeros(n)).view(n, 1, 1, 1)
    shown = (shown + sharp * (blurred - shown)).clamp(0, 1)
    shown = shown ** torch.exp(draw(-0.25, 0.25)).view(n, 1, 1, 1)
    gain, offset = draw(0.8, 1.25).view(n, 1, 1, 1), draw(-0.06, 0.06).view(n, 1, 1, 1)
    lit = shown > 0.004
    shown = shown * gain + torch.where(lit, offset, torch.zeros(1)) + 0.02 * draw(0, 1).view(n, 1, 1, 1) * torch.randn_like(shown) * lit
    return 255 * shown[:, 0].clamp(0, 1)


def validated(model, cines, size):
    """Share of right frames, and of right cines by the mean over their frames."""
    pixels, first, labels = cines
    model.eval()
    logits = []
    with torch.no_grad():
        for at in range(0, len(pixels), 64):
            frames = torch.from_numpy(pixels[at : at + 64]).float()
            if size != lc.SIZE:
                frames = F.interpolate(frames[:, None], size=(size, size), mode="area")[:, 0]
            logits.append(torch.log_softmax(model(lc.as_input(frames))[0], 1))
    model.train()
    logits = torch.cat(logits).numpy()
    scores = labels[:, lc.SCORE]
    means = np.stack([logits[a:b].mean(0) for a, b in zip(first[:-1], first[1:])])
    return {
        "frames": float((logits.argmax(1) == np.repeat(scores, np.diff(first))).mean()),
        "cines": float((means.argmax(1) == scores).mean()),
        "loss": float(sord_loss(torch.from_numpy(means), torch.from_numpy(scores))),
    }


def rate(step, steps, peak):
    return peak * min(1.0, (step + 1) / 50) * (0.01 + 0.99 * 0.5 * (1 + np.cos(np.pi * min(1.0, step / steps))))


def main():
    parser = argparse.ArgumentParser(description="Trains the frame part of lung-score.")
    parser.add_argument("--run", required=True)
    parser.add_argument("--data", required=True, help="pattern of files of lung_cines.py")
    parser.add_argument("--validation", required=True, help="file of lung_cines.py")
    parser.add_argument("--small-steps", type=int, default=900)
    parser.add_argument("--full-steps", type=int, default=400)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--peak", type=float, default=1.2e-3)
    parser.add_argument("--decay", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--validate", type=int, default=100)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    if not glob.glob(options.data):
        sys.exit(f"--data {options.data}: no file matches; lung_cines.py writes them")
    os.makedirs(options.run, exist_ok=True)
    log = open(os.path.join(options.run, "log.txt"), "a", buffering=1)
    began = time.time()

    def say(text):
        line = f"{time.time() - began:7.0f} s  trunk  {text}"
        log.write(line + "\n")

    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    steps = options.small_steps + options.full_steps
    model = Trunk()
    optimiser = torch.optim.AdamW(model.parameters(), lr=options.peak, weight_decay=options.decay)
    last = os.path.join(options.run, "last.pt")
    step, best = 0, float("inf")
    if os.path.exists(last):
        kept = torch.load(last)
        model.load_state_dict(kept["model"])
        optimiser.load_state_dict(kept["optimiser"])
        step, best = kept["step"], kept["best"]
    chance = np.random.default_rng((options.seed, step))
    with open(os.path.join(options.run, "config-trunk.json"), "w") as file:
        settings = {k: v for k, v in vars(options).items() if k not in ("run", "data", "validation", "threads")}
        json.dump({**settings, "small": SMALL, "optimiser": "AdamW"}, file, indent=2)
    validation = lc.load(options.validation)
    files = []
    running = []
    model.train()
    while step < steps:
        found = sorted(glob.glob(options.data))
        if found != files and (not files or step % options.validate == 0):
            files = found
            pixels, first, labels = lc.load(*files)
            scores = np.repeat(labels[:, lc.SCORE], np.diff(first))
            say(f"{len(labels)} cines, {len(pixels)} frames, from step {step} to {steps}")
        size = SMALL if step < options.small_steps else lc.SIZE
        which = chance.integers(0, len(pixels), options.batch)
        frames = augmented(torch.from_numpy(pixels[which]).float(), chance, size)
        for group in optimiser.param_groups:
            group["lr"] = rate(step, steps, options.peak)
        loss = sord_loss(model(lc.as_input(frames))[0], torch.from_numpy(scores[which]))
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimiser.step()
        step += 1
        running.append(loss.item())
        print(f"\r[{'#' * (30 * step // steps):30s}] {step}/{steps}  loss {running[-1]:.3f}", end="", file=sys.stderr, flush=True)
        if step % 25 == 0:
            say(f"step {step}  loss {np.mean(running):.4f}  rate {group['lr']:.2e}")
            running = []
        if step % options.validate == 0 or step == steps:
            measured = validated(model, validation, size)
            say("validation  " + "  ".join(f"{name} {value:.4f}" for name, value in measured.items()))
            kept = {"model": model.state_dict(), "step": step, "measured": measured}
            # Only networks adapted to the full size are candidates.
            if size == lc.SIZE and measured["loss"] < best:
                best = measured["loss"]
                torch.save(kept, os.path.join(options.run, "best.pt"))
            torch.save({**kept, "optimiser": optimiser.state_dict(), "best": best}, last + ".part")
            os.replace(last + ".part", last)
    print(file=sys.stderr)
    say("finished")


if __name__ == "__main__":
    main()
