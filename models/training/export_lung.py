"""Writes the model folder of lung-score: graphs, manifest, metrics, configuration, log, card.

In: a run folder with `lung.pt` and `metrics.json`. Out: the files of `models/lung-score`, and a fixture of PyTorch's answers for the test;
of weights that were trained on a folder's images, the files of a folder of their own.
"""
import argparse
import json
import os
import time

import lung_texts as texts
import provenance
from lung_graphs import answers, write_graphs
from measure_lung import trained

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, "..", "lung-score")
FIXTURE = os.path.join(HERE, "..", "..", "test", "unit", "models", "lung-score.fixture.json")


def dump(path, value):
    with open(path, "w") as out:
        out.write(value if isinstance(value, str) else json.dumps(value, indent=2) + "\n")


def read(run, name):
    with open(os.path.join(run, name)) as file:
        return json.load(file)


def main():
    parser = argparse.ArgumentParser(description="Writes models/lung-score.")
    parser.add_argument("--run", required=True)
    parser.add_argument("--version", default="0.1.0")
    parser.add_argument("--out", help="folder for weights of a folder's images (lung_cines.py --data); its name becomes the id of the model")
    options = parser.parse_args()
    metrics = read(options.run, "metrics.json")
    trained_on, held_out = metrics["data"]["origins"], metrics["heldOutOrigins"]
    folder, identity, is_site = provenance.target(options.out, trained_on, held_out, FOLDER)
    net = trained(options.run)
    graphs = write_graphs(net, folder)
    metrics["graphs"] = {row["file"]: row["sha256"] for row in graphs.values()}
    finished = time.strftime("%Y-%m-%d", time.gmtime())
    manifest = texts.manifest(graphs, texts.reference_facts(metrics, options.version, finished))
    if is_site:
        facts = {
            **{"id": identity, "version": options.version, "finished": finished, "training": provenance.trained_on(trained_on)},
            "cohort": provenance.cohort("lung cines", trained_on, held_out),
        }
        manifest = provenance.site_manifest(manifest, facts)
    with open(os.path.join(options.run, "log.txt")) as file:
        # Every validation line and every fourth loss line: the course of training on a page or two.
        lines = [line for n, line in enumerate(file) if n % 4 == 0 or "  step " not in line or "clip" in line]
    files = {
        "manifest.json": manifest,
        "metrics.json": metrics,
        "training-config.json": {part: read(options.run, f"config-{part}.json") for part in ("trunk", "clip")},
        "training-log.txt": "".join(lines),
        "CARD.md": texts.site_card(metrics, facts) if is_site else texts.card(metrics, options.version, finished),
    }
    for name, value in files.items():
        dump(os.path.join(folder, name), value)
    if is_site:
        return
    os.makedirs(os.path.dirname(FIXTURE), exist_ok=True)
    dump(FIXTURE, answers(net, 3))


if __name__ == "__main__":
    main()
