"""Words of the model folder of vascular-sec: the manifest and the card.

In: the graphs' digests and the measured figures. Out: `manifest.json` as data and `CARD.md` as text.
"""
import provenance
from provenance import REFERENCE_NOTICE as NOTICE

SOURCE = "Huang et al., Ultrasound Med Biol 2024;50(6):788-796 (PMC11060922), Table 1"
COHORT = "simulated leg sections, held out (other seeds, another family of probe settings)"
PATIENTS = "archived keyframes of femoral and popliteal veins of cancer inpatients, test split of 801 sections of 201 patients"
# Published on patients: AUC, threshold, sensitivity, specificity, F1, TN, FP, FN, TP.
PUBLISHED = {
    "longitudinal": (0.9949, 0.8605, 0.9613, 0.9886, 0.9690, 865, 10, 17, 422),
    "compression": (0.9568, 0.6509, 0.8961, 0.9069, 0.8961, 419, 43, 43, 371),
    "popliteal": (0.9751, 0.6040, 0.9194, 0.9344, 0.8702, 171, 12, 5, 57),
    "sec-mean": (0.6927, 0.2503, 0.7113, 0.6032, 0.7225, 38, 25, 28, 69),
    "sec-attention": (0.7356, 0.3255, 0.7320, 0.6825, 0.7553, 43, 20, 26, 71),
    "sec-gated": (0.7174, 0.9205, 0.7320, 0.5397, 0.7208, 34, 29, 26, 71),
}
TITLES = {
    "longitudinal": "Transverse / longitudinal",
    "compression": "With / without compression",
    "popliteal": "Anatomical view (FV + CFV / POP)",
    "sec-mean": "SEC, mean embedding",
    "sec-attention": "SEC, soft attention",
    "sec-gated": "SEC, gated attention",
}


def evidence(name, measured):
    published = PUBLISHED[name]
    return [
        {
            "metric": "AUC",
            "measured": {k: round(v, 4) for k, v in measured["auc"].items()},
            "cohort": COHORT,
            "source": "models/vascular-sec/metrics.json",
        },
        {"metric": "sensitivity", "measured": {"value": round(measured["sensitivity"], 4)}, "cohort": COHORT, "source": "models/vascular-sec/metrics.json"},
        {"metric": "specificity", "measured": {"value": round(measured["specificity"], 4)}, "cohort": COHORT, "source": "models/vascular-sec/metrics.json"},
        {"metric": "AUC, published, other weights", "measured": {"value": published[0]}, "cohort": PATIENTS, "source": SOURCE},
    ]


def manifest(graphs, metrics, version, finished):
    held_out = metrics["heldOut"]

    def output(identity, per, concept, measured=None):
        value, scheme, meaning = concept
        row = {"id": identity, "tensor": identity, "per": per, "concept": {"value": value, "scheme": scheme, "meaning": meaning}}
        if measured in held_out:
            row["threshold"] = round(held_out[measured]["threshold"], 6)
            row["thresholdMethod"] = "Youden, on simulated validation sections"
        row["evidence"] = evidence(measured, held_out[measured]) if measured in held_out else []
        row["reporting"] = "research"
        return row

    return {
        "id": "vascular-sec",
        "version": version,
        "name": "Spontaneous echo contrast, leg veins",
        "family": "vascular-sec",
        "kind": "keyframe-bag",
        "manufacturer": "Sonorelay project",
        "mode": "live",
        "lateArrival": "supersede",
        "referenceWeights": True,
        "notice": NOTICE,
        "preprocessing": {
            "downsample": 2,
            "maxRows": metrics["largest"][0],
            "maxColumns": metrics["largest"][1],
            "channels": 3,
            "scale": 1 / 127.5,
            "offset": -1,
            "minKeyframes": 1,
            "maxKeyframes": 17,
        },
        "graphs": graphs,
        "outputs": [
            output("sec", "section", ("SEC001", "99SONORELAY", "Spontaneous echo contrast"), "sec-attention"),
            output("attention", "keyframe", ("ATT001", "99SONORELAY", "Attention weight")),
            output("longitudinal", "keyframe", ("111031", "DCM", "Image View"), "longitudinal"),
            output("compression", "keyframe", ("109133", "DCM", "Physical force"), "compression"),
            output("popliteal", "section", ("56849005", "SCT", "Popliteal vein"), "popliteal"),
        ],
        "training": {
            "data": "simulated leg keyframes of src/phantom, probe families alpha and beta; no patient data",
            "program": "models/training/train_vascular_sec.py, heads_vascular_sec.py, export_onnx.py",
            "seed": metrics.get("seed", 20),
            "log": "training-log.txt",
            "finishedOn": finished,
        },
        "licence": "Apache-2.0",
        "sources": [SOURCE, "He et al., Identity mappings in deep residual networks, 2016 (ResNet50V2)", "Ilse et al., Attention-based deep multiple instance learning, 2018"],
    }


def site_manifest(graphs, metrics, version, finished, identity):
    """The manifest of weights that were trained on a folder's images."""
    facts = {"id": identity, "training": metrics["training"], "cohort": metrics["cohort"]}
    return provenance.site_manifest(manifest(graphs, metrics, version, finished), facts)


def site_card(metrics, version, finished, identity):
    figures = metrics["heldOut"]
    rows = "\n".join(
        f"| {TITLES[name]} | {one['cases']} | {one['auc']['value']:.4f} ({one['auc']['low']:.4f} to {one['auc']['high']:.4f}) | {one['threshold']:.4f} "
        f"| {one['sensitivity']:.4f} | {one['specificity']:.4f} |"
        for name, one in figures.items()
        if name in TITLES
    )
    missing = ", ".join(title for name, title in TITLES.items() if name not in figures)
    counts = ", ".join(f"{name} {count}" for name, count in metrics["sections"].items())
    facts = {
        "id": identity,
        "version": version,
        "finished": finished,
        "training": metrics["training"],
        "cohort": f"{metrics['cohort']}. Sections: {counts}",
        "design": "ResNet50V2 with attention over keyframes, in the design of vascular-sec",
        "remarks": f"Without figures, since labels of both kinds were not there: {missing or 'none'}. The operating point of such an output is 0.5.",
    }
    head = "| Task | Cases | AUC (95 % interval) | Threshold | Sensitivity | Specificity |\n|---|---|---|---|---|---|"
    return provenance.site_card(facts, f"{head}\n{rows}")


def row(name, measured):
    auc = measured["auc"]
    counts = " ".join(str(measured[k]) for k in ("TN", "FP", "FN", "TP"))
    ours = f"{auc['value']:.4f} ({auc['low']:.4f} to {auc['high']:.4f}) | {measured['threshold']:.4f} | {measured['sensitivity']:.4f} | {measured['specificity']:.4f} | {measured['f1']:.4f} | {counts}"
    p = PUBLISHED[name]
    theirs = f"{p[0]:.4f} | {p[1]:.4f} | {p[2]:.4f} | {p[3]:.4f} | {p[4]:.4f} | {p[5]} {p[6]} {p[7]} {p[8]}"
    return f"| {TITLES[name]} | phantoms | {ours} |\n| | patients (published) | {theirs} |"


def sizes(metrics):
    rows, columns = metrics["largest"]
    if rows < 209:
        return f"""Keyframes are halved as published and then shrunk to fit {rows} x {columns}, the size these weights were trained at (`maxRows`, `maxColumns` of the
manifest): the published model saw about 209 x 289. Contrast finer than about four native pixels is therefore lost on these weights. The graph itself is free in size."""
    return f"""Keyframes are halved as published, to about 209 x 289 in phantoms as in the published images; larger ones are shrunk to fit {rows} x {columns} (`maxRows`, `maxColumns` of the
manifest). The graph itself is free in size."""


def trained_at(backbone):
    return "at 104 x 144" if backbone["stage"] == "small" else "at 104 x 144, then in two rounds at about 209 x 289 and at sizes down to half of it"


def native(metrics):
    """The same figures on sections that were all rendered at native size, as studies come."""
    figures = metrics["heldOutNative"]
    areas = ", ".join(
        f"{TITLES[name]} {figures[name]['auc']['value']:.4f} ({figures[name]['auc']['low']:.4f} to {figures[name]['auc']['high']:.4f})" for name in PUBLISHED
    )
    sec = figures["sec-attention"]
    return f"""Most phantoms above are rendered at half size for speed. On {metrics['sections']['held-out-native']} further held-out sections rendered at native size and averaged down,
as studies come, the areas are: {areas}; SEC by soft attention has sensitivity {sec['sensitivity']:.4f} and specificity {sec['specificity']:.4f} at the same threshold.{last(metrics)}"""


def last(metrics):
    """Figures on the sections that were looked at once, where there are some, and on whole examinations."""
    if "heldOutLast" not in metrics:
        return ""
    figures = metrics["heldOutLast"]
    sec, counts = figures["sec-attention"], metrics["sections"]["held-out-last"]
    auc = sec["auc"]
    return f"""

Both sets above were measured with the versions before this one too. {counts} sections more (native size, family gamma, seeds from 4,500,000) were measured with these weights before any
other heads were tried on them: SEC by soft attention has AUC {auc['value']:.4f} ({auc['low']:.4f} to {auc['high']:.4f}), sensitivity {sec['sensitivity']:.4f}, specificity {sec['specificity']:.4f} (TN FP FN TP {sec['TN']} {sec['FP']} {sec['FN']} {sec['TP']});
of {metrics['grades']['mild']['cases']} with mild contrast {metrics['grades']['mild']['called']} were called, of {metrics['grades']['marked']['cases']} with marked contrast {metrics['grades']['marked']['called']}; frame-level contrast {figures['frame-contrast']['auc']['value']:.4f}, compression {figures['compression']['auc']['value']:.4f}, anatomical view {figures['popliteal']['auc']['value']:.4f}.{examinations(metrics)}"""


def examinations(metrics):
    """Figures of examinations written as DICOM files, by way of the node."""
    if "studies" not in metrics:
        return ""
    one = metrics["studies"]
    auc = one["auc"]
    return f"""

On {one['studies']} examinations written as DICOM files (`sonorelay phantom leg`, all probe families, compressed and uncompressed, with compression cines) `sonorelay evaluate` finds over {one['cases']} sections AUC {auc['value']:.4f}
({auc['low']:.4f} to {auc['high']:.4f}), sensitivity {one['sensitivity']:.4f}, specificity {one['specificity']:.4f} (TN FP FN TP {one['TN']} {one['FP']} {one['FN']} {one['TP']}). Sections of one examination share its probe and gain, so they are right or wrong together."""


def beside_stills(metrics):
    """Figures of sections that hold a cine beside their stills, with all of its frames in the bag and with the least pressed, where they were measured."""
    if "cines" not in metrics:
        return ""
    held_out, validation, small = (metrics["cines"][name] for name in ("heldOut", "validation", "validationSmall"))

    def line(name, of):
        old, new, gain = of["allFrames"], of["leastPressed"], of["gain"]
        cells = [f"{one['auc']['value']:.4f} ({one['auc']['low']:.4f} to {one['auc']['high']:.4f}) | {one['sensitivity']:.4f} | {one['specificity']:.4f}" for one in (old, new)]
        return f"| {name} | {of['cases']} | {' | '.join(cells)} | {gain['value']:+.4f} ({gain['low']:+.4f} to {gain['high']:+.4f}) |"

    rows = "\n".join(
        line(f"{cohort}: {name}", of[key])
        for cohort, of in (("Held out", held_out), ("Validation", validation), ("Validation, 314 rows", small))
        for key, name in (("stillsShow", "contrast in stills alone"), ("bothShow", "in stills and cine"), ("cineAloneShows", "in the cine alone"))
    )
    without = held_out["withoutCine"]
    return f"""

Of a cine beside stills the node looks at up to 8 distinct frames. Where one of them shows the vein pressed, only the 3 with the vein least pressed, as `compression` says, go into the bag; the others
are listed with no attention, and a note says so. In a section of cines alone all frames weigh. This rule was chosen on {validation['examinations']} simulated examinations with a cine in each of {validation['sections']} sections (alpha and beta,
seeds from 2,700,000; 6 rendered at native size, the others at half) and then measured once on {held_out['examinations']} more (gamma, seeds from 6,100,000, rendered at half size); {small['examinations']} of 314 x 434 pixels were
looked at after the choice. Contrast in the cine alone stands against sections and parts of sections that show none. Intervals by bootstrap over examinations, sensitivity and specificity at the threshold above.

| Sections | Cases | AUC, 8 frames in the bag | Sens. | Spec. | AUC, the 3 least pressed | Sens. | Spec. | Difference of the areas |
|---|---|---|---|---|---|---|---|---|
{rows}

The gain is small and seen in nearly every row; at the threshold few calls change, in both directions. The held-out stills without their cine have an area of {without['auc']['value']:.4f}, sensitivity {without['sensitivity']:.4f} and
specificity {without['specificity']:.4f}: a cine without contrast still costs. Four frames without regard to pressure did as well where stills show the contrast, and worse where one or two
frames of the cine alone do; leaving out every pressed frame, weighing cines by their share, and taking the larger answer of two bags were no better."""


def card(metrics, version, finished):
    held_out = metrics["heldOut"]
    rows = "\n".join(row(name, held_out[name]) for name in PUBLISHED)
    sections, witness = metrics["sections"], metrics["attentionOnWitnesses"]
    backbone = metrics["backbone"]
    remark = "\n" + metrics["note"] if "note" in metrics else ""
    return f"""# vascular-sec {version}

**{NOTICE}**

Spontaneous echo contrast (SEC, slow venous flow) in one section of a leg vein (common femoral, femoral or popliteal, one side), from a bag of
1 to 17 B-mode keyframes. The design follows {SOURCE.split(', Table')[0]}. The weights are our own: trained on {finished}, on simulated images only.
They show that the whole way runs and gives right answers on phantoms. They are no clinical evidence.

## Architecture

- `backbone.onnx`: ResNet50V2 in the Keras layout (zero-padded max-pool, stride in the last block of a stack, epsilon 1.001e-5; 23,564,800 parameters),
  normalisation folded into convolutions where it follows one; weights int8 per output channel, `Cast` and `Mul` in the graph; free in size.
  In: `frames` [n, 3, h, w] in [-1, 1]. Out: `features` [n, 2048], `longitudinal` [n], `compression` [n] (probabilities), `sec_map` [n, h/32, w/32].
- `head.onnx`: soft attention a = softmax(w tanh(V h)), L = 2048, D = 128; the section is classified from the attention-weighted mean of the features.
  In: `features` [k, 2048]. Out: `sec` [1], `attention` [k] (sums to 1), `popliteal` [1].
  `head-mean.onnx` and `head-gated.onnx` have the same inputs and outputs; `graphs.head` of the manifest names the file in use.
- Map: `sec_map` is the attention head's classifier applied at every place of the feature map. Pooling is linear, so
  logit(`sec`) = sum over keyframes of attention x mean of the keyframe's map + {metrics['secBias']:.6f}, exactly. With another head the map is still that of the attention head.
- `compression` means something in transverse keyframes only.

## Data

{sizes(metrics)}

Simulated linear-array keyframes of `src/phantom` (scatterers, point-spread function, attenuation, clutter, shadows, log compression), side x (CFV, FV, POP),
3 to 8 keyframes a section, contrast absent (half), mild or marked, seen in 1 to 3 keyframes of a section that has it. Training: probe families alpha and beta, seeds from 1,000,000.
Thresholds: Youden on {sections['validation-native']} validation sections rendered at native size, as studies come. Figures: {sections['held-out']} held-out sections of probe family gamma, seeds from 3,000,000, which training never saw.
Backbone: frame labels (orientation, compression, popliteal, contrast) {trained_at(backbone)} (kept: step {backbone['step']} of the last stage);
heads: cached features of {sections['train']} sections ({sections['train-native']} of them rendered at native size) and recombined bags. All figures are those of the dequantised weights as exported.{remark}

## Figures

95 % intervals by bootstrap over cases (2,000 resamples). The published figures are of other weights on patients and stand here for form, not for comparison: the tasks differ in difficulty.

| Task | Cohort | AUC | Threshold | Sensitivity | Specificity | F1 | TN FP FN TP |
|---|---|---|---|---|---|---|---|
{rows}

{native(metrics)}{beside_stills(metrics)}

Frame-level contrast (a by-product): AUC {held_out['frame-contrast']['auc']['value']:.4f}.
Attention on witnesses: {witness['attention']:.2f} of the weight, where they are {witness['byCount']:.2f} of the keyframes.

## What may be reported

Every output is gated `research`: it is delivered with the notice above and never as a finding to act on. For clinical use put weights with clinical evidence in their place and state it in the manifest.

## Limits

Trained on phantoms only: on real images the answers are out of its domain and may be wrong in any direction. Linear arrays only; no thrombus, no colour Doppler, no curved arrays,
no post-operative anatomy. Text and graphics must lie outside the picture or be masked. Simulated contrast is by construction in the open lumen, stronger than the artery's blood.
Most of it can be seen beside the artery. At low gain it may not: of 34 native validation sections with contrast one is brighter by less than 10 of 255 grey levels in its best keyframe.
What is missed is mostly mild contrast, also some that a reader sees by comparing vein and artery of a dark examination.
Attention spreads over pictures of less than about 400 native rows and over frames of compression cines: on validation sections the area falls from 0.97 to 0.94 at three quarters of the size, and to 0.88 with twelve frames
of other sections' cines in the bag. That only the least pressed frames of a cine weigh beside stills mends a part of it. A cine without pressing keeps up to 8 frames in the bag.

## Licence

Weights: Apache-2.0. Published figures: as cited.
"""
