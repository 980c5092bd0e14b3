"""Words of the model folders of echo-cmr and echo-view: the manifests, and the cards of the reference weights.

In: the graphs, the measured figures. Out: `manifest.json` as data and `CARD.md` as text.
"""
from echo_clips import CMR_VIEWS, HEARTS, VIEWS
from echo_view_net import DEVIATION as VIEW_DEVIATION
from echo_view_net import MEAN as VIEW_MEAN
from echo_view_net import SIZE as VIEW_SIZE
from provenance import REFERENCE_NOTICE as NOTICE

SOURCE = "Sahashi and others, medRxiv 2024.04.16.24305936"
PATIENTS = "echocardiograms within 30 days of magnetic resonance, held-out tenth of 2,556 studies of 1,453 patients"
COHORT = "simulated hearts, held out (other seeds, another family of probe settings)"
NO_HEARTS = "simulated legs, lungs, organs, speckle and screens, held out"
OWN = "99SONORELAY"
#: AUC with its 95 % interval, published on patients.
PUBLISHED_AUC = {
    "wma-a4c": (0.817, 0.791, 0.843),
    "wma-a2c": (0.756, 0.707, 0.802),
    "wma-plax": (0.812, 0.777, 0.847),
    "wma-global": (0.873, 0.816, 0.922),
    "late-enhancement": (0.699, 0.613, 0.780),
    "abnormal-t1": (0.614, 0.500, 0.715),
    "abnormal-t2": (0.553, 0.420, 0.692),
    "abnormal-ecv": (0.564, 0.455, 0.691),
}
#: Mean absolute error with its interval, and R squared.
PUBLISHED_ERROR = {"t1-ms": (49.8, 47.5, 52.2, 0.04), "t2-ms": (5.39, 5.07, 5.71, 0.002), "ecv-percent": (4.38, 4.17, 4.58, 0.07)}
TITLES = {
    "wma-a4c": "Wall motion, A4C",
    "wma-a2c": "Wall motion, A2C",
    "wma-plax": "Wall motion, PLAX",
    "wma-global": "Wall motion, global",
    "late-enhancement": "Late enhancement, global",
    "abnormal-t1": "T1 > 1060 ms, global",
    "abnormal-t2": "T2 > 58 ms, global",
    "abnormal-ecv": "ECV > 33 %, global",
    "t1-ms": "T1, ms",
    "t2-ms": "T2, ms",
    "ecv-percent": "ECV, %",
}
WALL_MOTION = ("122417", "DCM", "Regional Abnormal Wall Motion")
CONCEPTS = {
    "late-enhancement": ("122664", "DCM", "Late Contrast Enhancement"),
    "abnormal-t1": ("T1N001", OWN, "T1 class"),
    "abnormal-t2": ("T2N001", OWN, "T2 class"),
    "abnormal-ecv": ("ECN001", OWN, "ECV class"),
    "t1-ms": ("113063", "DCM", "T1"),
    "t2-ms": ("113065", "DCM", "T2"),
    "ecv-percent": ("ECV001", OWN, "Myocardial extracellular volume fraction"),
}


def rounded(figure):
    return {name: round(value, 4) for name, value in figure.items()}


def evidence(identity, held_out):
    if held_out is None:
        return []
    ours = {"cohort": COHORT, "source": "models/echo-cmr/metrics.json"}
    theirs = {"cohort": PATIENTS, "source": SOURCE}
    measured = held_out.get(identity)
    rows = []
    if identity in PUBLISHED_AUC:
        if measured:
            rows.append({"metric": "AUC", "measured": rounded(measured["auc"]), **ours})
            rows += [{"metric": name, "measured": {"value": round(measured[name], 4)}, **ours} for name in ("sensitivity", "specificity") if name in measured]
        value, low, high = PUBLISHED_AUC[identity]
        rows.append({"metric": "AUC, published, other weights", "measured": {"value": value, "low": low, "high": high}, **theirs})
    if identity in PUBLISHED_ERROR:
        if measured:
            rows.append({"metric": "mean absolute error", "measured": rounded(measured["mae"]), **ours})
            rows.append({"metric": "R squared", "measured": {"value": round(measured["r2"], 4)}, **ours})
        value, low, high, r2 = PUBLISHED_ERROR[identity]
        rows.append({"metric": "mean absolute error, published, other weights", "measured": {"value": value, "low": low, "high": high}, **theirs})
        rows.append({"metric": "R squared, published, other weights", "measured": {"value": r2}, **theirs})
    return rows


def output(identity, tensor, per, concept):
    value, scheme, meaning = concept
    return {"id": identity, "tensor": tensor, "per": per, "concept": {"value": value, "scheme": scheme, "meaning": meaning}}


def cmr_manifest(graphs, facts):
    """
    The manifest of a folder of echo-cmr. `facts`: id, version, name, manufacturer, notice, referenceWeights, licence, sources, training, heldOut, thresholds,
    thresholdMethod, preprocessing.
    """
    held_out = facts["heldOut"]

    def wall_motion(identity, tensor, per):
        row = output(identity, tensor, per, WALL_MOTION)
        row |= {"threshold": round(facts["thresholds"][identity], 6), "thresholdMethod": facts["thresholdMethod"]}
        return row | {"evidence": evidence(identity, held_out), "reporting": "research"}

    def tissue(identity):
        # What echocardiography does not foretell is computed and kept, and never sent.
        return output(identity, identity.replace("-", "_"), "clip", CONCEPTS[identity]) | {"evidence": evidence(identity, held_out), "reporting": "off"}

    return {
        "id": facts["id"],
        "version": facts["version"],
        "name": facts["name"],
        "family": "echo-cmr",
        "kind": "clip",
        "manufacturer": facts["manufacturer"],
        "mode": "live",
        "lateArrival": "supersede",
        "referenceWeights": facts["referenceWeights"],
        "notice": facts["notice"],
        "preprocessing": facts["preprocessing"],
        "uses": ["echo-view"],
        "graphs": graphs,
        "outputs": [
            wall_motion("wma-global", "wall_motion", "study"),
            *(wall_motion(f"wma-{view.lower()}", "wall_motion", "clip") for view in CMR_VIEWS),
            *(tissue(identity) for identity in CONCEPTS),
        ],
        "training": facts["training"],
        "licence": facts["licence"],
        "sources": facts["sources"],
    }


def view_manifest(graphs, metrics, version, finished):
    accuracy = metrics["heldOut"]["accuracy"]
    none = [metrics["sure"][name] for name in VIEWS[len(HEARTS) :] if name in metrics["sure"]]
    ours = {"cohort": COHORT, "source": "models/echo-view/metrics.json"}
    found = [{"metric": "accuracy", "measured": rounded(accuracy), **ours}]
    if none:
        share = sum(row["other"] for row in none) / sum(row["cines"] for row in none)
        found.append({"metric": "share of pictures of no heart found to be other", "measured": {"value": round(share, 4)}, **ours, "cohort": NO_HEARTS})
    view = output("view", "probabilities", "clip", ("111031", "DCM", "Image View")) | {
        "threshold": metrics["threshold"],
        "thresholdMethod": "least probability of a view that is taken without a label",
        "evidence": found,
        "reporting": "research",
    }
    return {
        "id": "echo-view",
        "version": version,
        "name": "Echocardiographic view",
        "family": "echo-view",
        "kind": "clip",
        "manufacturer": "Sonorelay project",
        "mode": "live",
        "lateArrival": "supersede",
        "referenceWeights": True,
        "notice": NOTICE,
        "preprocessing": {
            "rows": VIEW_SIZE,
            "columns": VIEW_SIZE,
            "channels": 1,
            "fit": "cut",
            "canvas": 0,
            "mean": [round(VIEW_MEAN / 255, 6)],
            "deviation": [round(VIEW_DEVIATION / 255, 6)],
            "minFrames": 1,
            "maxFrames": metrics["frames"],
            "framesPerSecond": 0,
            "frameStep": 1,
        },
        "graphs": graphs,
        "outputs": [view],
        "training": {
            "data": "simulated echo clips and pictures of no heart of src/phantom, probe families alpha and beta; no patient data",
            "program": "models/training/train_echo_view.py, export_echo.py",
            "seed": 20,
            "log": "training-log.txt",
            "finishedOn": finished,
        },
        "licence": "Apache-2.0",
        "sources": [SOURCE],
    }
