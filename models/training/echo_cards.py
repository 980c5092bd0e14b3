"""Cards of the reference weights of echo-cmr and echo-view.

In: the measured figures. Out: `CARD.md` as text.
"""
from echo_clips import CMR_VIEWS
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


def cmr_card(metrics, version, finished):
    held_out, data = metrics["heldOut"], metrics["data"]
    weights = ", ".join(f"{view}: {metrics['heads'][view]['weights']}" for view in CMR_VIEWS)
    side, length, rate = metrics["input"]["side"], metrics["input"]["frames"], metrics["input"]["framesPerSecond"]
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

How these weights differ from the paper's set-up: clips of {length} frames at {rate} a second (about one beat) and {side} x {side} pixels, where the paper reads 32 frames, every second one, at
112 x 112. The graphs take any size; weights for the paper's input come with a manifest that says so. The trunk was trained with a quarter of the channels and then widened to the
full network that gives the same answers (Net2Net: channels repeated, the weights that read them shared out), since it had to be trained on a CPU: it has the capacity of the full network, not yet
its knowledge. Beside the finding it learnt how far each segment moves, which phantoms know.

## Data

Simulated hearts of `src/phantom`: A4C, A2C and PLAX cines of left ventricles that contract, with hypokinesis or akinesis of part of a coronary territory in six of ten. Training: probe families
alpha and beta; {data['beat']} clips of the ventricle alone, {data['train']} of whole pictures; {data['validation']} clips of other hearts chose the weights of the heads ({weights}), the global regression and the thresholds (Youden).
Figures: {data['held-out']} clips of held-out hearts of probe family gamma, a third at native size, seeds from 3,000,000, which training never saw and by which nothing was chosen.
Tissue values of phantoms are drawn at random and are **not in the pictures**: their outputs come out at chance, and have to.

## Figures

95 % intervals by bootstrap over hearts (10,000 resamples). The published figures are of other weights on patients and stand here for form, not for comparison: the tasks differ in difficulty.

{auc_rows(held_out)}

{error_rows(held_out)}

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


def view_card(metrics, version, finished):
    held_out = metrics["heldOut"]
    names = ("A4C", "A2C", "PLAX", "other")
    rows = ["| True view | " + " | ".join(names) + " |", "|---|---|---|---|---|"]
    rows += [f"| {name} | " + " | ".join(str(count) for count in row) + " |" for name, row in zip(names, held_out["matrix"])]
    classes = ["| View | Precision | Recall | F1 | Cines |", "|---|---|---|---|---|"]
    for name, row in zip(names, held_out["classes"]):
        classes.append(f"| {name} | {row['precision']:.4f} | {row['recall']:.4f} | {row['f1']:.4f} | {row['support']} |")
    table, by_class = "\n".join(rows), "\n".join(classes)
    return f"""# echo-view {version}

**{NOTICE}**

Which view an echocardiography cine shows: apical four chambers (A4C), apical two chambers (A2C), parasternal long axis (PLAX), or another. It stands in where neither codes nor texts name the
view, and its disagreement with them is noted. Trained on {finished}, on simulated images only; no clinical evidence.

## Architecture

`view.onnx`: six 3 x 3 convolutions with ReLU (16, 32, 64, 64, 128, 128 channels; every other one halves the picture; normalisation folded, weights int8 per output channel), global average, linear,
softmax. In: `frames` [n, 1, 112, 112], the middle of the region cut to a square. Out: `probabilities` [n, 4]. The answer for a cine is the mean over {metrics['frames']} frames spread over it.
A view is taken without a label when its probability is at least 0.8; else the cine counts as another view. What is no heart at all was never seen: the operating point is high for that reason,
and the rules of a site should let through echocardiograms only.

## Data

Simulated cines of `src/phantom`: A4C, A2C, PLAX, and as others A5C, short axis and subcostal views. Training: probe families alpha and beta. Figures: {held_out["cases"]} held-out cines of probe family
gamma, a third at native size, which training never saw.

## Figures

Accuracy {interval(held_out['accuracy'], 4)}, mean F1 {interval(held_out['macroF1'], 4)}; 95 % intervals by bootstrap over cines.

{by_class}

Confusion matrix (columns: view found):

{table}

## What may be reported

The view is gated `research`. It chooses which cines `echo-cmr` reads and is shown with its source; it is no finding of a patient.

## Limits

Trained on phantoms only. Three-chamber, right-ventricular inflow and suprasternal views were never seen; they may be taken for one of the three. Zoomed and colour images were never seen.

## Licence

Weights: Apache-2.0.
"""
