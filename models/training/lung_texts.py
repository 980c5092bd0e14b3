"""Words of a lung-score model folder: the manifest, and the card of the reference weights.

In: the graphs, the measured figures. Out: `manifest.json` as data and `CARD.md` as text.
"""
import provenance
from lung_cines import DEVIATION, MEAN, SIZE
from provenance import REFERENCE_NOTICE as NOTICE

SOURCE = "L. Corso, Video-level Lung Ultrasound Scoring, University of Trento, 2022/2023, section VI"
PATIENTS = "lung ultrasound videos of patients with COVID-19, test split of 69 videos by patient"
COHORT = "simulated lung cines, held out (other seeds, another family of probe settings)"
SCALE = "G. Soldati and others, J Ultrasound Med 2020;39:1413-1419"
PUBLISHED = {"accuracy": 0.4412, "f1": 0.44}


def evidence(held_out):
    def measured(value):
        return {name: round(number, 4) for name, number in value.items()}

    ours = {"cohort": COHORT, "source": "models/lung-score/metrics.json"}
    theirs = {"cohort": PATIENTS, "source": SOURCE}
    return [
        {"metric": "accuracy", "measured": measured(held_out["accuracy"]), **ours},
        {"metric": "mean F1", "measured": measured(held_out["macroF1"]), **ours},
        {"metric": "accuracy, published, other weights", "measured": {"value": PUBLISHED["accuracy"]}, **theirs},
        {"metric": "F1, published, other weights", "measured": {"value": PUBLISHED["f1"]}, **theirs},
    ]


def manifest(graphs, facts):
    """
    The manifest of a folder. `facts`: id, version, name, manufacturer, notice, referenceWeights, licence, sources, training, evidence,
    threshold, mean, deviation, minFrames, maxFrames.
    """

    def output(identity, tensor, per, concept):
        value, scheme, meaning = concept
        return {"id": identity, "tensor": tensor, "per": per, "concept": {"value": value, "scheme": scheme, "meaning": meaning}}

    own = "99SONORELAY"
    score = {
        **output("score", "probabilities", "clip", ("LUS001", own, "Lung ultrasound severity score")),
        "threshold": facts["threshold"],
        "thresholdMethod": "least probability of a score that is stated",
        "evidence": facts["evidence"],
        "reporting": "research",
    }
    mask = {**output("mask", "mask", "frame", ("ATT001", own, "Attention weight")), "evidence": [], "reporting": "research"}
    total = {**output("total", "probabilities", "study", ("LUS003", own, "Lung ultrasound total score")), "evidence": [], "reporting": "research"}
    return {
        "id": facts["id"],
        "version": facts["version"],
        "name": facts["name"],
        "family": "lung-score",
        "kind": "clip",
        "manufacturer": facts["manufacturer"],
        "mode": "live",
        "lateArrival": "supersede",
        "referenceWeights": facts["referenceWeights"],
        "notice": facts["notice"],
        "preprocessing": {
            "rows": SIZE,
            "columns": SIZE,
            "channels": 3,
            "fit": "stretch",
            "canvas": 0,
            "mean": list(facts["mean"]),
            "deviation": list(facts["deviation"]),
            "minFrames": facts["minFrames"],
            "maxFrames": facts["maxFrames"],
            "framesPerSecond": 0,
            "frameStep": 1,
        },
        "graphs": graphs,
        "outputs": [score, mask, total],
        "training": facts["training"],
        "licence": facts["licence"],
        "sources": facts["sources"],
    }


def reference_facts(metrics, version, finished):
    return {
        "id": "lung-score",
        "version": version,
        "name": "Lung ultrasound severity score",
        "manufacturer": "Sonorelay project",
        "notice": NOTICE,
        "referenceWeights": True,
        "licence": "Apache-2.0",
        "sources": [SOURCE, SCALE],
        "training": {
            "data": "simulated lung cines of src/phantom, probe families alpha and beta; no patient data",
            "program": "models/training/train_lung_trunk.py, train_lung_clip.py, export_lung.py",
            "seed": 20,
            "log": "training-log.txt",
            "finishedOn": finished,
        },
        "evidence": evidence(metrics["heldOut"]),
        "threshold": 0.5,
        "mean": MEAN,
        "deviation": DEVIATION,
        "minFrames": 8,
        "maxFrames": 64,
    }


def figures_table(held_out):
    rows = ["| Score | Precision | Recall | F1 | Cines |", "|---|---|---|---|---|"]
    for score, row in enumerate(held_out["classes"]):
        rows.append(f"| {score} | {row['precision']:.4f} | {row['recall']:.4f} | {row['f1']:.4f} | {row['support']} |")
    return "\n".join(rows)


def matrix_table(held_out):
    rows = ["| True score | 0 | 1 | 2 | 3 |", "|---|---|---|---|---|"]
    rows += [f"| {score} | " + " | ".join(str(count) for count in row) + " |" for score, row in enumerate(held_out["matrix"])]
    return "\n".join(rows)


def interval(figure):
    return f"{figure['value']:.4f} ({figure['low']:.4f} to {figure['high']:.4f})"


def site_card(metrics, facts):
    """The card of weights that were trained on a folder's images."""
    held_out, stated = metrics["heldOut"], metrics["stated"]
    return provenance.site_card(
        {
            **facts,
            "design": "AlexNet's features with an attention mask and a bidirectional LSTM, in the design of lung-score",
            "cohort": f"{facts['cohort']}. {held_out['cases']} cines; intervals by bootstrap over cines",
            "remarks": f"A score is stated when its probability is at least 0.5; {stated['undetermined']} of these cines are undetermined.",
        },
        f"""| Accuracy | Mean F1 |
|---|---|
| {interval(held_out["accuracy"])} | {interval(held_out["macroF1"])} |

{figures_table(held_out)}

Confusion matrix (columns: score found):

{matrix_table(held_out)}""",
    )


def card(metrics, version, finished):
    held_out, stated = metrics["heldOut"], metrics["stated"]
    kinds = "; ".join(f"{kind}: {interval(row['accuracy'])}, {row['cases']} cines" for kind, row in metrics["byProbe"].items())
    node = metrics.get("byNode")
    by_node = (
        f"""Read from DICOM files by the node itself (`sonorelay evaluate`, {node["studies"]} further studies of family gamma, lossy JPEG, 16 frames a cine), {interval(node["accuracy"])} of {node["cases"]} cines are right."""
        if node
        else ""
    )
    return f"""# lung-score {version}

**{NOTICE}**

Severity of one lung cine on the scale 0 to 3 of Soldati and others (J Ultrasound Med 2020;39:1413-1419): 0 continuous pleura with A-lines; 1 indented pleura with
isolated vertical artefacts; 2 broken pleura, consolidations with white areas below; 3 dense, extended white lung, with or without larger consolidations.
The design follows {SOURCE}. The weights are our own: trained on {finished}, on simulated images only.
They show that the whole way runs and gives right answers on phantoms. They are no clinical evidence.

## Architecture

- `frames.onnx`: AlexNet's features in torchvision's layout without the last pooling (13 x 13 x 256 at 224 x 224), attention of three convolutions
  (3 x 3 to 64, 3 x 3 to 16, 1 x 1 to 1; ReLU between, sigmoid behind) that gives one mask M a frame, X * M, global average.
  In: `frames` [n, 3, 224, 224], grey in three equal channels, ImageNet normalisation. Out: `features` [n, 256], `mask` [n, 13, 13].
  Convolution weights int8 per output channel, `Cast` and `Mul` in the graph.
- `clip.onnx`: bidirectional LSTM over the frames ({metrics["hidden"]} states each way), mean of the states over time, linear, softmax.
  In: `features` [1, t, 256] in the order of the frames. Out: `probabilities` [4], those of score 0 to 3.
- The whole cine is read as acquired; of more than 64 frames 64 evenly spread ones. The region is scaled to 224 x 224 without regard to its aspect.
- A score is stated when its probability is at least 0.5 and at least 8 frames could be read, else the cine is undetermined.
- Of several cines of one area the highest score counts; the total is the sum over the areas that have a score, with their number, never extrapolated to 14.

Where this differs from the report: AlexNet starts from random weights (with batch normalisation while training, folded into the convolutions afterwards), since no
ImageNet weights can be had where it was trained; the frame part learns first, from single frames with their cine's score, then the LSTM on its features; AdamW in place of
SGD; cines of differing length in place of padding with zeros. Both parts use the SORD loss, targets softmax(-2 (j - y)^2).

## Data

Simulated cines of `src/phantom` (curved and linear probes, ribs, breathing, A-lines, B-lines, consolidations, white lung), scores in equal shares, 20 to 60 frames.
Training: probe families alpha and beta; {metrics["data"]["trunkCines"]} cines for the frame part, {metrics["data"]["clipCines"]} more for the LSTM; most rendered at 52 to 72 % of the native size.
Augmentation: mirrored, turned, shifted, stretched, cut; brightness, contrast, grey map, sharpness, noise.
Figures: {held_out["cases"]} held-out cines of probe family gamma at native size, 16 evenly spread frames of each, seeds from 9,000,000, which training never saw and by which nothing was chosen.
All figures are those of the weights as exported.

## Figures

95 % intervals by bootstrap over cines (2,000 resamples). The published figures are of other weights on patients and stand here for form, not for comparison: the tasks differ in difficulty.

| Figure | Phantoms | Patients (published) |
|---|---|---|
| Accuracy | {interval(held_out["accuracy"])} | {PUBLISHED["accuracy"]:.4f} |
| F1, mean of the classes | {interval(held_out["macroF1"])} | {PUBLISHED["f1"]:.2f} |

{figures_table(held_out)}

Confusion matrix (columns: score found):

{matrix_table(held_out)}

Of these cines {stated["undetermined"]} are undetermined by the threshold; of the {stated["cases"]} others {interval(stated["accuracy"])} are right.
By probe: {kinds}.
{by_node}

## What may be reported

Every output is gated `research`: it is delivered with the notice above and never as a finding to act on. For clinical use put weights with clinical evidence in their place and state it in the manifest.

## Limits

Trained on phantoms only: on real images the answers are out of its domain and may be wrong in any direction. The published network, trained on 177 videos of patients, is itself near chance
by its author's own judgement. No effusion, no pneumothorax, no post-operative chest; the score is of the cine as a whole and says nothing of the cause. Text and graphics must lie outside the picture.
The mask shows where features were let through; it is no segmentation.

## Licence

Weights: Apache-2.0. Published figures: as cited.
"""
