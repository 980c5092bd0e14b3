"""Cards of the reference weights of echo-cmr and echo-view.

In: the measured figures. Out: `CARD.md` as text.
"""
import provenance
from echo_clips import CMR_VIEWS, HEARTS, VIEWS
from echo_texts import NOTICE, PUBLISHED_AUC, PUBLISHED_ERROR, SOURCE, TITLES


def interval(figure, places=3):
    return f"{figure['value']:.{places}f} ({figure['low']:.{places}f} to {figure['high']:.{places}f})"


def auc_rows(held_out):
    rows = ["| Output | Hearts (abnormal) | AUC on phantoms | Sensitivity | Specificity | AUC on patients (published) |", "|---|---|---|---|---|---|"]
    for identity, (value, low, high) in PUBLISHED_AUC.items():
        row = held_out[identity]
        points = [f"{row[name]:.3f}" if name in row else "–" for name in ("sensitivity", "specificity")]
        cases = f"{row['cases']} ({row['abnormal']})"
        rows.append(f"| {TITLES[identity]} | {cases} | {interval(row['auc'])} | {' | '.join(points)} | {value:.3f} ({low:.3f} to {high:.3f}) |")
    return "\n".join(rows)


def error_rows(held_out):
    rows = ["| Output | MAE on phantoms | R² | Bias (limits of agreement) | MAE on patients (published) | R² (published) |", "|---|---|---|---|---|---|"]
    for identity, (value, low, high, r2) in PUBLISHED_ERROR.items():
        row = held_out[identity]
        limits = row["blandAltman"]
        agreement = f"{limits['bias']:.2f} ({limits['lower']:.2f} to {limits['upper']:.2f})"
        rows.append(f"| {TITLES[identity]} | {interval(row['mae'], 2)} | {row['r2']:.3f} | {agreement} | {value} ({low} to {high}) | {r2} |")
    return "\n".join(rows)


#: What the cases of `metrics["studies"]` are, in the order of the table.
STUDIES = {
    "first": "{} examinations",
    "more": "{} more, measured later and once",
    "all": "all {}",
    "nativeClips": "the generator's clips at the size of a screen, {} hearts, probe families alpha and beta",
}


def studies_text(metrics):
    """Figures of whole examinations as DICOM files, when they were measured (`studies.json` of the run folder)."""
    studies = metrics.get("studies")
    if studies is None:
        return ""
    outputs = [*(f"wma-{view.lower()}" for view in CMR_VIEWS), "wma-global"]
    rows = []
    for name, words in STUDIES.items():
        areas = [studies[name][output]["auc"] for output in outputs]
        cells = [f"{area['value']:.3f}" if area["low"] == 1 else interval(area) for area in areas]
        rows.append(f"| {words.format(studies[name]['wma-global']['cases'])} | {' | '.join(cells)} |")
    table, overall = "\n".join(rows), studies["all"]["wma-global"]
    return f"""
Through the whole way of the node (`sonorelay evaluate`, examinations written as DICOM files, probe family gamma, seeds not used before):

| AUC | A4C | A2C | PLAX | Global |
|---|---|---|---|---|
{table}

At the thresholds, all {overall['cases']} examinations: sensitivity {overall['sensitivity']:.3f} and specificity {overall['specificity']:.3f} of the global statement. Files hold pictures made at the size of a screen, of which training saw few (6 %); they are a little sharper than the
generator's small ones. That they are read worse is not shown: the differences lie within the intervals.
"""


def cmr_card(metrics, version, finished):
    held_out, data = metrics["heldOut"], metrics["data"]
    weights = ", ".join(f"{view}: {metrics['heads'][view]['weights']}" for view in CMR_VIEWS)
    side, length, rate, step = (metrics["input"][name] for name in ("side", "frames", "framesPerSecond", "frameStep"))
    intro = "The input is the paper's:" if (side, length, step) == (112, 32, 2) else "The paper reads 32 frames of 112 x 112 pixels, every second one; these weights:"
    nth = {1: "every", 2: "every second"}.get(step, f"every {step}th")
    return f"""# echo-cmr {version}

**{NOTICE}**

Findings of cardiac magnetic resonance from echocardiography cines, after {SOURCE}: wall motion abnormality in the views A4C, A2C and PLAX and of the whole
heart; beside it late enhancement, T1, T2 and extracellular volume, which the paper finds that echocardiography does **not** foretell. The weights are our own: trained on {finished},
on simulated images only. They show that the whole way runs and gives right answers on phantoms. They are no clinical evidence.

## Architecture

- `trunk.onnx`: R(2+1)D-18 as torchvision's `r2plus1d_18` without `fc` (31,300,125 parameters, normalisation folded, weights int8 per output channel as `Cast` and `Mul`).
  In: `clip` [n, 3, t, h, w]. Out: `maps` [n, 512, t/8, h/16, w/16]. The three views share one trunk here; a site may give each view a file of its own.
- `heads-a4c.onnx`, `heads-a2c.onnx`, `heads-plax.onnx`: average over time and place, then linear. Out: P(wall motion abnormality), P(late enhancement), P(abnormal T1, T2, ECV), T1 in ms,
  T2 in ms, ECV in per cent, and `activation`, what every place and stretch of time adds to the logit of wall motion.
- `global.onnx`: logistic regression over the views. In: `evidence` [n, 6], for each view its logit and 1, or 0 and 0 where it is missing.
- The view of a cine comes from its codes, then its texts, then from the model `echo-view`. The answer of a view is the mean over its cines.

{intro} {length} frames of {side} x {side} pixels, {nth} one. It is meant by time: the frames nearest to {nth} of {rate} moments a second
({rate / step:g} a second, {length * step / rate:.2f} s), so that cines of 25 to 60 frames a second show the heart at one speed; where a cine does not say how fast it was taken, {nth} frame. A longer cine is read
in up to three clips, a shorter one ends in zeros. The trunk was trained with a quarter of the channels and then widened to the full network that gives the same answers (Net2Net: channels repeated,
the weights that read them shared out), since it had to be trained on a CPU: it has the capacity of the full network, not yet its knowledge. Beside the finding it learnt how far each segment moves,
which phantoms know. It began at 56 x 56 pixels and 8 frames (the weights of version 0.1.0); `training-config.json` has the stages.

Where this differs from the paper: one trunk, trained from random weights, for all views and findings; a second loss for the motion of segments; heads fitted to the trunk's features by logistic and ridge
regression (binary cross-entropy and squared error, with a penalty); late enhancement of the heart as the mean over its views, not as a regression over them; fixed numbers of steps, not early stopping.
`models/training/README.md` has losses, augmentation and schedules beside those of the paper.

## Data

Simulated hearts of `src/phantom`: A4C, A2C and PLAX cines of left ventricles that contract, with hypokinesis or akinesis of part of a coronary territory in six of ten. Training: probe families
alpha and beta; {data['beat']} clips of the ventricle alone, {data['train']} of whole pictures; {data['validation']} clips of other hearts chose the weights of the heads ({weights}), the global regression and the thresholds (Youden).
Figures: {data['held-out']} clips of held-out hearts of probe family gamma, a third at native size, seeds from 3,000,000, which training never saw and by which nothing was chosen.
Tissue values of phantoms are drawn at random and are **not in the pictures**: their outputs come out at chance, and have to.

## Figures

95 % intervals by bootstrap over hearts (10,000 resamples). The published figures are of other weights on patients and stand here for form, not for comparison: the tasks differ in difficulty.

{auc_rows(held_out)}

{error_rows(held_out)}
{studies_text(metrics)}
A wall motion abnormality of a view is one in the segments that the view shows; the global one is one in any segment.

## What may be reported

Wall motion is gated `research`: it is delivered with the notice above and never as a finding to act on. Late enhancement, T1, T2 and ECV are gated `off`: computed, kept, never sent.
For clinical use put weights with clinical evidence in their place and state it in the manifest.

## Limits

Trained on phantoms only: on real images the answers are out of its domain and may be wrong in any direction. Regular rhythm, 52 to 96 beats a minute; no paced, dyssynchronous or dilated hearts,
no foreshortening. Text and graphics must lie outside the picture. An absent finding in one view does not exclude one elsewhere, so a single view without a finding makes no statement of the heart.
The activation map shows what raised or lowered the logit; it is no segmentation.

## Licence

Weights: Apache-2.0. Published figures: as cited.
"""


def cmr_site_card(metrics, facts):
    """The card of weights of echo-cmr that were trained or measured on a folder's images."""
    held_out = metrics["heldOut"]
    rows = ["| Output | Hearts (abnormal) | AUC | Sensitivity | Specificity |", "|---|---|---|---|---|"]
    for identity in PUBLISHED_AUC:
        row = held_out[identity]
        points = [f"{row[name]:.3f}" if name in row else "–" for name in ("sensitivity", "specificity")]
        rows.append(f"| {TITLES[identity]} | {row['cases']} ({row['abnormal']}) | {interval(row['auc'])} | {' | '.join(points)} |")
    rows += ["", "| Output | MAE | R² |", "|---|---|---|"]
    rows += [f"| {TITLES[identity]} | {interval(held_out[identity]['mae'], 2)} | {held_out[identity]['r2']:.3f} |" for identity in PUBLISHED_ERROR]
    design = "R(2+1)D-18 with heads by view and a logistic regression over the views, in the design of echo-cmr"
    return provenance.site_card({**facts, "design": design, "cohort": f"{facts['cohort']}; intervals by bootstrap over hearts"}, "\n".join(rows))


def view_tables(held_out):
    """The figures by class, and the confusion matrix."""
    names = ("A4C", "A2C", "PLAX", "other")
    classes = ["| View | Precision | Recall | F1 | Cines |", "|---|---|---|---|---|"]
    for name, row in zip(names, held_out["classes"]):
        classes.append(f"| {name} | {row['precision']:.4f} | {row['recall']:.4f} | {row['f1']:.4f} | {row['support']} |")
    rows = ["| True view | " + " | ".join(names) + " |", "|---|---|---|---|---|"]
    rows += [f"| {name} | " + " | ".join(str(count) for count in row) + " |" for name, row in zip(names, held_out["matrix"])]
    by_class, table = "\n".join(classes), "\n".join(rows)
    return f"{by_class}\n\nConfusion matrix (columns: view found):\n\n{table}"


def view_site_card(metrics, facts):
    """The card of weights of echo-view that were trained or measured on a folder's images."""
    held_out = metrics["heldOut"]
    cohort = f"{facts['cohort']}. {held_out['cases']} cines; accuracy {interval(held_out['accuracy'], 4)} by bootstrap over cines"
    return provenance.site_card({**facts, "design": "A classifier of views in the design of echo-view", "cohort": cohort}, view_tables(held_out))


#: What the generator of pictures without a heart draws.
KINDS = {
    "leg": "veins and arteries of legs",
    "lung": "lungs",
    "organ": "organs of belly and neck: kidneys, fluid, masses, vessels, gas",
    "speckle": "speckle without a shape",
    "screen": "screens without an image: black, boxes, letters, spectra, depth over time",
}


def no_heart_rows(metrics):
    rows = ["| Pictures of no heart | Cines | Most probable class is other | Taken for A4C, A2C or PLAX without a label |", "|---|---|---|---|"]
    for name in VIEWS[len(HEARTS) :]:
        row = metrics["sure"][name]
        rows.append(f"| {KINDS[name]} | {row['cines']} | {row['other']} | {row['takenForAView']} |")
    return "\n".join(rows)


def view_card(metrics, version, finished):
    held_out = metrics["heldOut"]
    none = [metrics["sure"][name] for name in VIEWS[len(HEARTS) :]]
    cines, rejected = sum(row["cines"] for row in none), sum(row["other"] for row in none)
    return f"""# echo-view {version}

**{NOTICE}**

Which view an echocardiography cine shows: apical four chambers (A4C), apical two chambers (A2C), parasternal long axis (PLAX), or another. It stands in where neither codes nor texts name the
view, and its disagreement with them is noted. Trained on {finished}, on simulated images only; no clinical evidence.

## Architecture

`view.onnx`: six 3 x 3 convolutions with ReLU (16, 32, 64, 64, 128, 128 channels; the first three and the fifth halve the picture; normalisation folded, weights int8 per output channel), global average, linear,
softmax. In: `frames` [n, 1, 112, 112], the middle of the region cut to a square. Out: `probabilities` [n, 4]. The answer for a cine is the mean over {metrics['frames']} frames spread over it.
A view is taken without a label when its probability is at least {metrics['threshold']}; else the cine counts as another view. What is no heart is of the class other too, as far as simulated pictures can teach that:
the operating point is high for that reason, and the rules of a site should let through echocardiograms only.

## Data

Simulated cines of `src/phantom`: A4C, A2C, PLAX, and as others A5C, short axis and subcostal views, and pictures of no heart (`echo-others.ts`: legs, lungs, organs, speckle, screens). Training: probe families
alpha and beta. Figures: {held_out["cases"]} held-out cines of hearts and {cines} of no heart, probe family gamma, other seeds, which training never saw.

## Figures

Hearts: accuracy {interval(held_out['accuracy'], 4)}, mean F1 {interval(held_out['macroF1'], 4)}; 95 % intervals by bootstrap over cines.

{view_tables(held_out)}

No heart: {rejected} of {cines} ({100 * rejected / cines:.1f} %) are found to be other.

{no_heart_rows(metrics)}

## What may be reported

The view is gated `research`. It chooses which cines `echo-cmr` reads and is shown with its source; it is no finding of a patient.

## Limits

Trained on phantoms only. Three-chamber, right-ventricular inflow and suprasternal views were never seen; they may be taken for one of the three. Zoomed and colour images were never seen. Real organs differ from
simulated ones: that a picture shows a heart at all is for the rules and the labels to say.

## Licence

Weights: Apache-2.0.
"""
