"""Writes the model folder of vascular-sec: graphs, manifest, metrics, configuration, log, card.

In: a run folder with `heads.pt`, `metrics.json`, and if there is one `studies.json`, the `metrics.json` that `sonorelay evaluate` made of whole examinations. Out: the files of `models/vascular-sec`, and a fixture of PyTorch's answers for the test; of weights
that were trained on a folder's images, the files of a folder of their own.
Convolution weights are stored as int8 codes -> Cast -> Mul scale; a runtime folds that to float when it loads.
"""
import argparse
import hashlib
import io
import json
import os
import time

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from torch import nn

import vascular_sec_texts as texts
from mil import HEADS
from quantise import quantised
from train_vascular_sec import FrameModel

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, "..", "vascular-sec")
FIXTURE = os.path.join(HERE, "..", "..", "test", "unit", "models", "vascular-sec.fixture.json")
OPSET = 15


class BackboneGraph(nn.Module):
    """frames [n, 3, h, w] -> features, P(longitudinal), P(compression), contribution of every place to the section's logit."""

    def __init__(self, backbone, tasks, classifier):
        super().__init__()
        self.backbone = backbone
        self.view = nn.Linear(2048, 2)
        self.view.weight.data, self.view.bias.data = tasks.weight.data[:2].clone(), tasks.bias.data[:2].clone()
        self.places = nn.Conv2d(2048, 1, 1, bias=False)
        self.places.weight.data = classifier.weight.data.clone()[:, :, None, None]

    def forward(self, frames):
        places = self.backbone(frames)
        features = places.mean((2, 3))
        view = torch.sigmoid(self.view(features))
        return features, view[:, 0], view[:, 1], self.places(places)[:, 0]


class HeadGraph(nn.Module):
    """features [k, 2048] -> P(contrast) [1], attention [k], P(popliteal) [1]."""

    def __init__(self, head, popliteal):
        super().__init__()
        self.head, self.popliteal = head, popliteal

    def forward(self, features):
        logit, attention = self.head(features)
        return torch.sigmoid(logit), attention, torch.sigmoid(self.popliteal(features.mean(0)))


def graph_of(module, example, names):
    """The ONNX model of a module; `names` are inputs, outputs and free axes."""
    inputs, outputs, axes = names
    data = io.BytesIO()
    module = module.to(memory_format=torch.contiguous_format).eval()
    torch.onnx.export(
        module, (example,), data, input_names=inputs, output_names=outputs, dynamic_axes=axes, opset_version=OPSET, do_constant_folding=False
    )
    return onnx.load_from_string(data.getvalue())


def with_codes(model, module):
    """Replaces the float weights of quantised convolutions by codes and scales."""
    coded = {name + ".weight": part for name, part in module.named_modules() if hasattr(part, "codes")}
    nodes = []
    for initializer in list(model.graph.initializer):
        part = coded.pop(initializer.name, None)
        if part is None:
            continue
        name = initializer.name
        scale = part.scale.numpy().reshape(-1, *[1] * (part.codes.dim() - 1))
        if not np.array_equal(part.codes.numpy().astype(np.float32) * scale, numpy_helper.to_array(initializer)):
            raise ValueError(f"{name}: codes and scale do not give the weights")
        model.graph.initializer.remove(initializer)
        model.graph.initializer.append(numpy_helper.from_array(part.codes.numpy(), name + ".codes"))
        model.graph.initializer.append(numpy_helper.from_array(scale, name + ".scale"))
        nodes.append(helper.make_node("Cast", [name + ".codes"], [name + ".float"], to=onnx.TensorProto.FLOAT))
        nodes.append(helper.make_node("Mul", [name + ".float", name + ".scale"], [name]))
    if coded:
        raise ValueError(f"weights without an initializer: {sorted(coded)}")
    for node in reversed(nodes):
        model.graph.node.insert(0, node)
    onnx.checker.check_model(model)
    return model


def write(model, folder, file):
    data = model.SerializeToString()
    with open(os.path.join(folder, file), "wb") as out:
        out.write(data)
    return hashlib.sha256(data).hexdigest()


def spec(file, digest, inputs, outputs):
    def tensors(rows):
        return [{"name": name, "type": "float32", "shape": shape} for name, shape in rows]

    return {"file": file, "sha256": digest, "opset": OPSET, "inputs": tensors(inputs), "outputs": tensors(outputs)}


def fixture(graph, heads):
    """Answers of PyTorch to frames that any language can make again: grey = 128 + 100 sin(0.11 r) cos(0.07 c + frame), in [-1, 1]."""
    cases = []
    for rows, columns in ((96, 128), (75, 141)):
        r, c = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
        frames = np.stack([128 + 100 * np.sin(0.11 * r) * np.cos(0.07 * c + k) for k in range(3)]) / 127.5 - 1
        with torch.no_grad():
            features, longitudinal, compression, places = graph(torch.from_numpy(frames).float()[:, None].repeat(1, 3, 1, 1))
            answers = {kind: head(features) for kind, head in heads.items()}
        cases.append(
            {
                "rows": rows,
                "columns": columns,
                "features": [[round(v, 6) for v in row[:8].tolist()] for row in features],
                "longitudinal": longitudinal.tolist(),
                "compression": compression.tolist(),
                "secMap": {"shape": list(places.shape), "means": places.mean((1, 2)).tolist()},
                "heads": {
                    kind: {"sec": sec.tolist(), "attention": attention.tolist(), "popliteal": popliteal.tolist()}
                    for kind, (sec, attention, popliteal) in answers.items()
                },
            }
        )
    return {"cases": cases}


def studies(run):
    """Figures of the whole way from files to statements, at the model's threshold."""
    path = os.path.join(run, "studies.json")
    if not os.path.exists(path):
        return {}
    with open(path) as file:
        evaluation = json.load(file)
    task = next(task for task in evaluation["tasks"] if task["id"] == "sec")
    point = next(point for point in task["operatingPoints"] if point["kind"] == "model")
    figures = {name: point[name]["value"] for name in ("sensitivity", "specificity")}
    auc = {"value": task["auc"]["value"], **{key: task["auc"]["interval"][key] for key in ("low", "high")}}
    return {"studies": {"studies": evaluation["studies"]["evaluated"], "cases": task["cases"], "auc": auc, **figures, **{key: point[key] for key in ("TN", "FP", "FN", "TP")}}}


def cines(run):
    """Figures of sections with cines beside their stills, where there are some."""
    path = os.path.join(run, "cines.json")
    if not os.path.exists(path):
        return {}
    with open(path) as file:
        return {"cines": json.load(file)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--run", required=True)
    parser.add_argument("--version", default="0.3.0")
    parser.add_argument("--out", help="folder for weights of a folder's images (train_vascular_sec.py --data); its name becomes the id of the model")
    options = parser.parse_args()
    kept = torch.load(os.path.join(options.run, "heads.pt"))
    with open(os.path.join(options.run, "metrics.json")) as file:
        metrics = json.load(file)
    of_site = "heldOutNative" not in metrics
    if of_site != (options.out is not None):
        raise SystemExit("--out is for heads of a folder's images, and these need it: the reference weights are of simulated ones")
    folder = options.out or FOLDER
    model = FrameModel()
    model.load_state_dict(torch.load(kept["checkpoint"])["model"])
    popliteal = nn.Linear(2048, 1)
    popliteal.load_state_dict(kept["popliteal"])
    heads = {}
    for kind, make in HEADS.items():
        head = make()
        head.load_state_dict(kept["heads"][kind])
        heads[kind] = HeadGraph(head, popliteal).eval()
    attention = heads["attention"].head
    backbone = BackboneGraph(quantised(model.backbone), model.tasks, attention.classifier).eval()

    os.makedirs(folder, exist_ok=True)
    frames = torch.zeros(2, 3, 104, 144)
    free = {0: "n", 2: "h", 3: "w"}
    names = (
        ["frames"],
        ["features", "longitudinal", "compression", "sec_map"],
        {"frames": free, "features": {0: "n"}, "longitudinal": {0: "n"}, "compression": {0: "n"}, "sec_map": {0: "n", 1: "h32", 2: "w32"}},
    )
    digests = {"backbone.onnx": write(with_codes(graph_of(backbone, frames, names), backbone), folder, "backbone.onnx")}
    names = (["features"], ["sec", "attention", "popliteal"], {"features": {0: "k"}, "attention": {0: "k"}})
    for kind, head in heads.items():
        file = "head.onnx" if kind == "attention" else f"head-{kind}.onnx"
        digests[file] = write(graph_of(head, torch.rand(5, 2048), names), folder, file)

    graphs = {
        "backbone": spec(
            "backbone.onnx",
            digests["backbone.onnx"],
            [("frames", ["n", 3, "h", "w"])],
            [("features", ["n", 2048]), ("longitudinal", ["n"]), ("compression", ["n"]), ("sec_map", ["n", "h/32", "w/32"])],
        ),
        "head": spec(
            "head.onnx", digests["head.onnx"], [("features", ["k", 2048])], [("sec", [1]), ("attention", ["k"]), ("popliteal", [1])]
        ),
    }
    metrics.update(studies(options.run))
    metrics.update(cines(options.run))
    metrics["graphs"] = digests
    metrics["secBias"] = attention.classifier.bias.item()
    finished = time.strftime("%Y-%m-%d", time.gmtime())
    configuration = {"backbone": {}, "heads": {"optimiser": "Adam", "rate": 5e-4, "weightDecay": 1e-4, "width": 128}, "opset": OPSET}
    lines = []
    for stage in ("small", "full"):
        path = os.path.join(options.run, f"config-{stage}.json")
        if os.path.exists(path):
            with open(path) as file:
                settings = json.load(file)
            configuration["backbone"][stage] = {k: v for k, v in settings.items() if k not in ("run", "start", "stage", "threads")}
            metrics["seed"] = settings["seed"]
    with open(os.path.join(options.run, "log.txt")) as file:
        # Every validation line and every fifth loss line: the course of training on a page or two.
        for line in file:
            step = line.split("step ")[1].split()[0] if "  step " in line else None
            if step is None or int(step) % 100 == 0:
                lines.append(line)

    def dump(name, value):
        with open(os.path.join(folder, name), "w") as out:
            out.write(value if isinstance(value, str) else json.dumps(value, indent=2) + "\n")

    dump("metrics.json", metrics)
    dump("training-config.json", configuration)
    dump("training-log.txt", "".join(lines))
    if of_site:
        identity = os.path.basename(os.path.abspath(folder))
        dump("manifest.json", texts.site_manifest(graphs, metrics, options.version, finished, identity))
        dump("CARD.md", texts.site_card(metrics, options.version, finished, identity))
        return
    dump("manifest.json", texts.manifest(graphs, metrics, options.version, finished))
    dump("CARD.md", texts.card(metrics, options.version, finished))
    os.makedirs(os.path.dirname(FIXTURE), exist_ok=True)
    with open(FIXTURE, "w") as out:
        out.write(json.dumps(fixture(backbone, heads), indent=2) + "\n")


if __name__ == "__main__":
    main()
