"""Trains the backbone of vascular-sec on simulated frames or on a folder's: all four frame labels at once, small first, then at full size.

In: a run folder and the schedule; with `--data` a folder of DICOM files with labels.json, labels that are not there take no part. Out: `last.pt`, `best.pt` (by validation), `log.txt`, `config.json` in the run folder.
It can be stopped at any time and goes on from `last.pt`.
"""
import argparse
import json
import os
import time

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch import nn
from torch.nn import functional as F

import leg_frames as lf
from resnet50v2 import ResNet50V2

SMALL = (104, 144)
# Largest frame of a folder in the full stage; simulated ones are smaller.
FULL = (320, 448)
TASKS = ("longitudinal", "compression", "popliteal", "sec")
COLUMNS = (lf.LONGITUDINAL, lf.COMPRESSION, lf.POPLITEAL, lf.WITNESS)


class FrameModel(nn.Module):
    """Backbone, global average, one logit a task."""

    def __init__(self):
        super().__init__()
        self.backbone = ResNet50V2()
        self.tasks = nn.Linear(2048, len(TASKS))
        nn.init.normal_(self.tasks.weight, std=0.01)
        nn.init.zeros_(self.tasks.bias)

    def forward(self, frames):
        return self.tasks(self.backbone(frames).mean((2, 3)))


def targets(labels):
    values = torch.from_numpy(labels[:, COLUMNS]).float()
    return values.clamp(min=0), (values >= 0).float()


def loss_of(logits, labels):
    truth, known = targets(labels)
    loss = F.binary_cross_entropy_with_logits(logits, truth, reduction="none") * known
    # Contrast is the hard task and carries more weight.
    weight = torch.tensor([1.0, 1.0, 1.0, 2.0])
    # A batch of which nothing is known gives 0.
    return (loss * weight).sum() / (known * weight).sum().clamp(min=1)


def areas(logits, labels):
    result = {}
    for i, task in enumerate(TASKS):
        truth = labels[:, COLUMNS[i]]
        known = truth >= 0
        result[task] = float(roc_auc_score(truth[known], logits[known, i])) if len(set(truth[known])) > 1 else float("nan")
    return result


def evaluate(model, batches, size):
    model.eval()
    logits, labels = [], []
    with torch.no_grad():
        for pixels, truth in batches:
            logits.append(model(lf.as_input(lf.resized(pixels, size))).numpy())
            labels.append(truth)
    model.train()
    return areas(np.concatenate(logits), np.concatenate(labels))


def score_of(measured):
    """What the best checkpoint is chosen by; a task without labels of both kinds counts as an even chance."""
    known = {task: 0.5 if np.isnan(value) else value for task, value in measured.items()}
    return known["sec"] + 0.5 * (known["compression"] + known["popliteal"] + known["longitudinal"]) / 3


def rate(step, steps, peak):
    warm = min(1.0, (step + 1) / 60)
    return peak * warm * (0.02 + 0.98 * 0.5 * (1 + np.cos(np.pi * min(1.0, step / steps))))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--run", required=True)
    parser.add_argument("--stage", choices=("small", "full"), required=True)
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--peak", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--reuse", type=int, default=2, help="a new batch of frames every so many steps")
    parser.add_argument("--validate", type=int, default=200)
    parser.add_argument("--validation-batches", type=int, default=24)
    parser.add_argument("--first-seed", type=int, help="seed of the first simulated frame (1,000,000 in the small stage, 1,500,000 in the full one)")
    parser.add_argument("--native", type=float, default=0.05, help="share of simulated frames rendered at the size of a screen and averaged, as files hold them")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--start", help="checkpoint to begin the stage from")
    parser.add_argument("--data", help="folder of DICOM files with labels.json files, in place of the simulation")
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
    chance = np.random.default_rng(options.seed + (1 if options.stage == "full" else 0))
    # A folder's frames come at their size, with their aspect kept.
    size = SMALL if options.stage == "small" and options.data is None else None
    model = FrameModel().to(memory_format=torch.channels_last)
    optimiser = torch.optim.Adam(model.parameters(), lr=options.peak)
    last = os.path.join(options.run, "last.pt")
    step, best = 0, 0.0
    if os.path.exists(last) and torch.load(last)["stage"] == options.stage:
        kept = torch.load(last)
        model.load_state_dict(kept["model"])
        optimiser.load_state_dict(kept["optimiser"])
        step, best = kept["step"], kept["best"]
    elif options.start:
        model.load_state_dict(torch.load(options.start)["model"])
    with open(os.path.join(options.run, f"config-{options.stage}.json"), "w") as file:
        settings = {name: value for name, value in vars(options).items() if name != "data"}
        if options.data is not None:
            settings["frames"] = "of labelled DICOM files"
        json.dump({**settings, "tasks": TASKS, "size": size, "optimiser": "Adam"}, file, indent=2)

    if options.data is not None:
        source, largest = None, SMALL if options.stage == "small" else FULL
        pool = lf.Pool(lf.sections_of(options.data, "train", largest))
        validation = lf.Pool(lf.sections_of(options.data, "validation", largest)).batches()
    else:
        source = lf.Generator("frames", 2_000_000, "alpha,beta", options.validation_batches, native=max(0.1, options.native))
        validation = [source.read() for _ in range(options.validation_batches)]
        source.close()
        first_seed = options.first_seed or (1_000_000 if options.stage == "small" else 1_500_000)
        source = lf.Generator("frames", first_seed + 16 * step, "alpha,beta", native=options.native)
        pool = [source.read() for _ in range(12)]
    say(f"{len(validation)} validation batches, from step {step} to {options.steps}")
    running = []
    model.train()
    while step < options.steps:
        if source is not None and step % options.reuse == 0:
            pool.append(source.read())
        if source is None:
            pixels, labels = pool.draw(options.batch, chance)
            frames = lf.resized(pixels, None)
        elif options.stage == "small":
            # Half of the frames from the newest batches, the rest from anywhere in the pool; sizes differ, so each is brought to size.
            recent = chance.integers(max(0, len(pool) - 4), len(pool), options.batch // 2)
            older = chance.integers(0, len(pool), options.batch - len(recent))
            picks = [(b, int(chance.integers(0, 16))) for b in (*recent, *older)]
            frames = torch.cat([lf.resized(pool[b][0][i : i + 1], size) for b, i in picks])
            labels = np.stack([pool[b][1][i] for b, i in picks])
        else:
            pixels, truth = pool[len(pool) - 1 if chance.random() < 0.5 else int(chance.integers(0, len(pool)))]
            which = chance.choice(16, options.batch, replace=False)
            # Real frames differ in size: the shrunk ones become fewer, down to the small stage's half in the beginning.
            shrink = 1.0 if chance.random() < 0.1 + 0.8 * step / options.steps else chance.uniform(0.5, 1)
            shrunk = tuple(round(side * shrink) for side in pixels.shape[1:])
            frames, labels = lf.resized(pixels[which], shrunk if shrink < 1 else None), truth[which]
        for group in optimiser.param_groups:
            group["lr"] = rate(step, options.steps, options.peak)
        loss = loss_of(model(lf.as_input(lf.augmented(frames, chance))), labels)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimiser.step()
        step += 1
        running.append(loss.item())
        if step % 20 == 0:
            say(f"step {step}  loss {np.mean(running):.4f}  rate {group['lr']:.2e}")
            running = []
        if step % options.validate == 0 or step == options.steps:
            measured = evaluate(model, validation, size)
            say("validation  " + "  ".join(f"{task} {value:.4f}" for task, value in measured.items()))
            score = score_of(measured)
            kept = {"model": model.state_dict(), "stage": options.stage, "step": step, "measured": measured}
            if score > best:
                best = score
                torch.save(kept, os.path.join(options.run, f"best-{options.stage}.pt"))
            # A program that is killed while it saves keeps the point before.
            torch.save({**kept, "optimiser": optimiser.state_dict(), "best": best}, last + ".part")
            os.replace(last + ".part", last)
    if source is not None:
        source.close()
    say("finished")


if __name__ == "__main__":
    main()
