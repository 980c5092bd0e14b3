"""Writes the model folder of vascular-dvt: graph, manifest, metrics, configuration, log, card.

In: a run folder with `last.pt`, `metrics.json`, `config-<stage>.json`, `log.txt`, and if there is one `cines.json`, what `sonorelay evaluate` made of
compressibility, and `cines-half.json`, the same of cines at half the size. Out: the files of `models/vascular-dvt`, and a fixture of PyTorch's
answers for the test; of weights that were trained on a folder's images, the files of a folder of their own.
"""
import argparse
import json
import os
import time

import provenance
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


def half_size(run):
    """Figures of cines that are stored at half the size, from the metrics of an evaluation; nothing when there is none."""
    if not os.path.exists(os.path.join(run, "cines-half.json")):
        return {}
    tasks = {task["id"]: task for task in read(run, "cines-half.json")["tasks"]}
    rows = {row["label"].split(" ")[0]: row["f1"]["value"] for name in ("landmark", "lumen") for row in tasks[name]["rows"]}
    cines = tasks["compressibility"]
    return {"halfSize": {"frames": tasks["landmark"]["cases"], "f1": rows, "landmarks": cines["cases"], "accuracy": cines["accuracy"]["value"]}}


def configuration_of(run):
    """The settings of every stage. Where files lay is no part of the recipe; which they were is."""
    stages = {}
    for name in sorted(name for name in os.listdir(run) if name.startswith("config-")):
        settings = read(run, name)
        kept = {key: value for key, value in settings.items() if key not in ("run", "start", "validation")}
        stages[name[len("config-") : -len(".json")]] = {**kept, "clips": [os.path.basename(path) for path in settings["clips"]]}
    return stages


def main():
    parser = argparse.ArgumentParser(description="Writes models/vascular-dvt.")
    parser.add_argument("--run", required=True)
    parser.add_argument("--version", default="0.1.0")
    parser.add_argument("--out", help="folder for weights of a folder's images (dvt-clips.ts --data); its name becomes the id of the model")
    options = parser.parse_args()
    metrics = {**read(options.run, "metrics.json"), **compressibility(options.run), **half_size(options.run)}
    configuration = configuration_of(options.run)
    trained_on = sorted({origin for settings in configuration.values() for origin in settings["origins"]})
    folder, identity, is_site = provenance.target(options.out, trained_on, metrics["heldOutOrigins"], FOLDER)
    model = trained(options.run)
    graphs = write_graph(model, folder)
    metrics["graphs"] = {row["file"]: row["sha256"] for row in graphs.values()}
    finished = time.strftime("%Y-%m-%d", time.gmtime())
    if is_site:
        facts = {
            **{"id": identity, "version": options.version, "finished": finished, "training": provenance.trained_on(trained_on)},
            "cohort": provenance.cohort("compression cines", trained_on, metrics["heldOutOrigins"]),
        }
        manifest = provenance.site_manifest(texts.manifest(graphs, metrics, options.version, finished), facts)
        card = texts.site_card(metrics, facts)
    else:
        manifest = texts.manifest(graphs, metrics, options.version, finished)
        card = texts.card(metrics, options.version, finished)
    with open(os.path.join(options.run, "log.txt")) as file:
        log = file.read()
    files = {"manifest.json": manifest, "metrics.json": metrics, "training-config.json": configuration, "training-log.txt": log, "CARD.md": card}
    for name, value in files.items():
        dump(os.path.join(folder, name), value)
    if is_site:
        return
    os.makedirs(os.path.dirname(FIXTURE), exist_ok=True)
    dump(FIXTURE, fixture(model))


if __name__ == "__main__":
    main()
