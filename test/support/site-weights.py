# In: a folder. Out: in it the model folders `site-dvt`, `site-lung` and `site-sec` (this one texts alone), as the programs of `models/training` write them
# for weights of labelled DICOM files: trained and measured on noise of the form that the generators give with `--data`. On standard output, as JSON, what
# the exporters say when they refuse.
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "models", "training"))

import numpy as np
import torch

import export_lung
import export_vascular_dvt
import lung_cines
import measure_lung
import measure_vascular_dvt
import train_vascular_dvt
import vascular_sec_texts
from lung_net import LungNet

torch.manual_seed(3)
chance = np.random.default_rng(3)
place = sys.argv[1]
TRAIN, VALIDATION, HELD_OUT, ALPHA = -2, -3, -4, 0


def run(program, *arguments):
    sys.argv = [program.__name__, *map(str, arguments)]
    program.main()


def refused(program, *arguments):
    try:
        run(program, *arguments)
    except SystemExit as error:
        return str(error)
    raise AssertionError(f"{program.__name__} took {arguments}")


def windows(name, family, frames):
    path = os.path.join(place, name)
    with open(path, "wb") as file:
        for share in (1000, 0, -1):
            grey = chance.integers(0, 256, (frames, 20, 30), dtype=np.uint8)
            labels = np.stack([np.arange(frames) % 3, np.full(frames, share)], 1).astype("<i4")
            file.write(np.array([frames, 20, 30, family], "<i4").tobytes() + labels.tobytes() + grey.tobytes())
    return path


def dvt(run_folder, family):
    train, validation, held_out = (windows(f"{name}.bin", of, 11) for name, of in (("train", family), ("validation", VALIDATION), ("held-out", HELD_OUT)))
    steps = ("--stage", "clips", "--steps", 1, "--batch", 2)
    run(train_vascular_dvt, "--run", run_folder, "--clips", train, "--validation", validation, *steps)
    run(measure_vascular_dvt, "--run", run_folder, "--clips", held_out, "--validation", validation)


def cines(name, family):
    path = os.path.join(place, name)
    labels = np.array([[score, number, family, -1, 1] for number, score in enumerate((0, 1, 2, 3))])
    with open(path, "wb") as file:
        np.savez(file, pixels=chance.integers(0, 256, (8, lung_cines.SIZE, lung_cines.SIZE), dtype=np.uint8), first=np.arange(0, 9, 2), labels=labels)
    return path


def lung(run_folder):
    os.makedirs(run_folder)
    net = LungNet(8)
    torch.save({"state_dict": net.state_dict(), "hidden": 8, "readout": net.readout}, os.path.join(run_folder, "lung.pt"))
    for name in ("config-trunk.json", "config-clip.json"):
        with open(os.path.join(run_folder, name), "w") as file:
            json.dump({}, file)
    with open(os.path.join(run_folder, "log.txt"), "w") as file:
        file.write("0 s  trunk  noise\n")
    # Frames of the simulation and of patients; which patients the held-out ones are is not told.
    run(measure_lung, "--run", run_folder, "--held-out", cines("held-out.npz", -1), "--data", cines("own.npz", -1), cines("simulated.npz", ALPHA))


os.makedirs(place, exist_ok=True)
dvt(os.path.join(place, "dvt"), TRAIN)
dvt(os.path.join(place, "simulated-dvt"), ALPHA)
lung(os.path.join(place, "lung"))
simulated = ("--run", os.path.join(place, "simulated-dvt"), "--out", os.path.join(place, "refused"))
told = {"dvt without --out": refused(export_vascular_dvt, "--run", os.path.join(place, "dvt"))}
told["lung without --out"] = refused(export_lung, "--run", os.path.join(place, "lung"))
told["simulated, measured on patients"] = refused(export_vascular_dvt, *simulated)
run(export_vascular_dvt, "--run", os.path.join(place, "dvt"), "--out", os.path.join(place, "site-dvt"), "--version", "3")
run(export_lung, "--run", os.path.join(place, "lung"), "--out", os.path.join(place, "site-lung"))
with open(os.path.join(place, "dvt", "metrics.json")) as file:
    metrics = json.load(file)
with open(os.path.join(place, "simulated-dvt", "metrics.json"), "w") as file:
    json.dump({**metrics, "heldOutOrigins": ["simulated"]}, file)
told["simulated with --out"] = refused(export_vascular_dvt, *simulated)

figure = {"cases": 9, "auc": {"value": 0.7, "low": 0.5, "high": 0.9}, "threshold": 0.4, "sensitivity": 0.8, "specificity": 0.6}
site = {
    **{"heldOut": {"sec-attention": figure}, "largest": [104, 144], "sections": {"train": 40, "validation": 9, "held-out": 9}},
    **{"cohort": "labelled leg sections of a folder, held out: other patients than in training", "training": "labelled DICOM files of a folder"},
}
os.makedirs(os.path.join(place, "site-sec"))
for name, text in (
    ("manifest.json", json.dumps(vascular_sec_texts.site_manifest({}, site, "1", "2026-01-01", "site-sec"))),
    ("CARD.md", vascular_sec_texts.site_card(site, "1", "2026-01-01", "site-sec")),
):
    with open(os.path.join(place, "site-sec", name), "w") as file:
        file.write(text)
print(json.dumps(told))
