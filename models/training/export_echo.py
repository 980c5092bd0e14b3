"""Writes the model folders of echo-cmr and echo-view: graphs, manifest, metrics, configuration, log, card.

In: run folders with `heads.pt` and `metrics.json`, and with `view.pt` and `view-metrics.json`. Out: the files of `models/echo-cmr` and `models/echo-view`, and
fixtures of PyTorch's answers for the tests; of weights that were trained or measured on a folder's images, the files of a folder of their own.
"""
import argparse
import glob
import json
import os
import time

import torch

import echo_cards as cards
import echo_texts as texts
import provenance
from echo_clips import CMR_VIEWS
from echo_graphs import Heads, Overall, cmr_answers, view_answers, write_cmr, write_view
from echo_view_net import EchoViewNet
from heads_echo_cmr import quantised_trunk, trained
from quantise import fold_sequences_
from train_echo_cmr import DEVIATION, LENGTH, MEAN, RATE, SIDE, STEP

HERE = os.path.dirname(os.path.abspath(__file__))
MODELS = os.path.join(HERE, "..")
FIXTURES = os.path.join(HERE, "..", "..", "test", "unit", "models")


def dump(path, value):
    with open(path, "w") as out:
        out.write(value if isinstance(value, str) else json.dumps(value, indent=2) + "\n")


def read(*path):
    with open(os.path.join(*path)) as file:
        return json.load(file)


def settings(configuration):
    """What a run was called with, without the places of its files."""
    left_out = ("run", "clips", "validation", "held_out", "start", "until")
    return {name: value for name, value in configuration.items() if name not in left_out}


def preprocessing():
    return {
        "rows": SIDE,
        "columns": SIDE,
        "channels": 3,
        "fit": "cut",
        "canvas": 0,
        "mean": [round(MEAN / 255, 6)] * 3,
        "deviation": [round(DEVIATION / 255, 6)] * 3,
        # A systole at the least.
        "minFrames": LENGTH * 3 // 8,
        "maxFrames": LENGTH,
        "framesPerSecond": RATE,
        "frameStep": STEP,
    }


def stages(run):
    """The configurations of a run's stages by name, in the order of their files."""
    paths = sorted(glob.glob(os.path.join(run, "config-*.json")))
    return {os.path.basename(path)[len("config-") : -len(".json")]: read(path) for path in paths}


def destination(out, reference, origins):
    """Whether the weights are a site's, their folder, and what is said of them. `origins`: of training and of the figures."""
    trained_on, held_out = origins
    folder, identity, is_site = provenance.target(out, trained_on, held_out, os.path.join(MODELS, reference))
    facts = {"id": identity, "training": provenance.trained_on(trained_on)}
    if is_site:
        facts["cohort"] = provenance.cohort("echocardiograms", trained_on, held_out)
    return is_site, folder, facts


def trained_by(configurations, metrics):
    """The origins of everything that any stage, the heads and the thresholds learnt from."""
    return sorted({origin for one in configurations for origin in one["origins"]} | set(metrics["origins"]))


def write_files(folder, files):
    for name, value in files.items():
        dump(os.path.join(folder, name), value)


def reference_facts(metrics, version, finished):
    """What the manifest of the reference weights of echo-cmr is made of."""
    return {
        "id": "echo-cmr",
        "version": version,
        "name": "Wall motion from echocardiography",
        "manufacturer": "Sonorelay project",
        "notice": texts.NOTICE,
        "referenceWeights": True,
        "licence": "Apache-2.0",
        "sources": [texts.SOURCE, "Ouyang and others, Nature 2020;580:252-256", "Tran and others, CVPR 2018 (R(2+1)D)"],
        "training": {
            "data": "simulated echo clips of src/phantom, probe families alpha and beta; no patient data",
            "program": "models/training/train_echo_cmr.py, heads_echo_cmr.py, export_echo.py",
            "seed": 20,
            "log": "training-log.txt",
            "finishedOn": finished,
        },
        "heldOut": metrics["heldOut"],
        "thresholds": metrics["thresholds"],
        "thresholdMethod": "Youden, on simulated validation hearts",
        "preprocessing": preprocessing(),
    }


def export_cmr(run, out, version, finished):
    metrics, configurations = read(run, "metrics.json"), stages(run)
    if os.path.exists(os.path.join(run, "studies.json")):
        metrics["studies"] = read(run, "studies.json")
    trained_on = trained_by(configurations.values(), metrics)
    is_site, folder, site = destination(out, "echo-cmr", (trained_on, metrics["heldOutOrigins"]))
    kept = torch.load(os.path.join(run, "heads.pt"))
    trunk = quantised_trunk(trained(kept["checkpoint"]))
    heads = {view: Heads().eval() for view in CMR_VIEWS}
    for view in CMR_VIEWS:
        heads[view].load_state_dict(kept["heads"][view])
    overall = Overall([0.0] * 6, 0.0).eval()
    overall.load_state_dict(kept["global"])
    parts = {"trunks": {view: trunk for view in CMR_VIEWS}, "heads": heads, "global": overall, "size": (LENGTH, SIDE, SIDE)}
    graphs = write_cmr(parts, folder)
    metrics["graphs"] = {row["file"]: row["sha256"] for row in graphs.values()}
    with open(os.path.join(run, "log.txt")) as file:
        # Every validation line and every third loss line: the course of training on a page or two.
        lines = [line for n, line in enumerate(file) if n % 3 == 0 or "  step " not in line]
    facts = reference_facts(metrics, version, finished)
    manifest, site = texts.cmr_manifest(graphs, facts), {**site, "version": version, "finished": finished}
    files = {
        "manifest.json": provenance.site_manifest(manifest, site) if is_site else manifest,
        "metrics.json": metrics,
        "training-config.json": {name: settings(one) for name, one in configurations.items()},
        "training-log.txt": "".join(lines),
        "CARD.md": cards.cmr_site_card(metrics, site) if is_site else cards.cmr_card(metrics, version, finished),
    }
    write_files(folder, files)
    if not is_site:
        dump(os.path.join(FIXTURES, "echo-cmr.fixture.json"), cmr_answers(trunk, heads, overall))


def export_view(run, out, version, finished):
    metrics, configuration = read(run, "view-metrics.json"), read(run, "view-config.json")
    is_site, folder, site = destination(out, "echo-view", (configuration["origins"], metrics["heldOutOrigins"]))
    net = EchoViewNet()
    net.load_state_dict(torch.load(os.path.join(run, "view.pt"))["model"])
    fold_sequences_(net.eval())
    graphs = write_view(net, folder)
    metrics["graphs"] = {row["file"]: row["sha256"] for row in graphs.values()}
    with open(os.path.join(run, "view-log.txt")) as file:
        log = file.read()
    manifest, site = texts.view_manifest(graphs, metrics, version, finished), {**site, "version": version, "finished": finished}
    files = {
        "manifest.json": provenance.site_manifest(manifest, site) if is_site else manifest,
        "metrics.json": metrics,
        "training-config.json": settings(configuration),
        "training-log.txt": log,
        "CARD.md": cards.view_site_card(metrics, site) if is_site else cards.view_card(metrics, version, finished),
    }
    write_files(folder, files)
    if not is_site:
        dump(os.path.join(FIXTURES, "echo-view.fixture.json"), view_answers(net))


def main():
    parser = argparse.ArgumentParser(description="Writes models/echo-cmr and models/echo-view.")
    parser.add_argument("--cmr-run")
    parser.add_argument("--view-run")
    parser.add_argument("--version", default="0.2.0")
    parser.add_argument("--cmr-out", help="folder for weights of a folder's images (echo-clips.ts --data); its name becomes the id of the model")
    parser.add_argument("--view-out", help="the same for the classifier of views")
    options = parser.parse_args()
    finished = time.strftime("%Y-%m-%d", time.gmtime())
    if options.cmr_run:
        export_cmr(options.cmr_run, options.cmr_out, options.version, finished)
    if options.view_run:
        export_view(options.view_run, options.view_out, options.version, finished)


if __name__ == "__main__":
    main()
