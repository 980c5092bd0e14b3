"""Writes the model folder of vascular-dvt: graph, manifest, metrics, configuration, log, card.

In: a run folder with `last.pt`, `metrics.json`, `config-<stage>.json`, `log.txt`, and if there is one `cines.json`, what `sonorelay evaluate` made of
compressibility. Out: the files of `models/vascular-dvt`, and a fixture of PyTorch's answers for the test.
"""
import argparse
import json
import os
import time

import vascular_dvt_texts as texts
from autodvt_graph import fixture, write_graph
from measure_vascular_dvt import trained

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, "..", "vascular-dvt")
FIXTURE = os.path.join(HERE, "..", "..", "test", "unit", "models", "vascular-dvt.fixture.json")


def dump(path, value):
    with open(path, "w") as out:
        out.write(value if isinstance(value, str) else json.dumps(value, indent=2) + "\n")


def read(run, name):
    with open(os.path.join(run, name)) as file:
        return json.load(file)


def compressibility(run):
    """The table of the rules over whole cines from the metrics of an evaluation; nothing when there is none."""
    if not os.path.exists(os.path.join(run, "cines.json")):
        return {}
    task = next(task for task in read(run, "cines.json")["tasks"] if task["id"] == "compressibility")
    accuracy = {"value": task["accuracy"]["value"], **{key: task["accuracy"].get("interval", {})[key] for key in ("low", "high")}}
    return {"cines": {"cases": task["cases"], "matrix": task["matrix"], "accuracy": accuracy}}


def main():
    parser = argparse.ArgumentParser(description="Writes models/vascular-dvt.")
    parser.add_argument("--run", required=True)
    parser.add_argument("--version", default="0.1.0")
    options = parser.parse_args()
    metrics = {**read(options.run, "metrics.json"), **compressibility(options.run)}
    model = trained(options.run)
    graphs = write_graph(model, FOLDER)
    metrics["graphs"] = {row["file"]: row["sha256"] for row in graphs.values()}
    finished = time.strftime("%Y-%m-%d", time.gmtime())
    configuration = {}
    for name in sorted(name for name in os.listdir(options.run) if name.startswith("config-")):
        settings = read(options.run, name)
        # Where files lay is no part of the recipe; which they were is.
        files = [os.path.basename(path) for path in settings["clips"]]
        configuration[name[len("config-") : -len(".json")]] = {**{k: v for k, v in settings.items() if k not in ("run", "start", "validation")}, "clips": files}
    with open(os.path.join(options.run, "log.txt")) as file:
        lines = file.readlines()
    files = {
        "manifest.json": texts.manifest(graphs, metrics, options.version, finished),
        "metrics.json": metrics,
        "training-config.json": configuration,
        "training-log.txt": "".join(lines),
        "CARD.md": texts.card(metrics, options.version, finished),
    }
    for name, value in files.items():
        dump(os.path.join(FOLDER, name), value)
    os.makedirs(os.path.dirname(FIXTURE), exist_ok=True)
    dump(FIXTURE, fixture(model))


if __name__ == "__main__":
    main()
