"""Figures of a binary test.

In: truth (0/1) and probabilities. Out: AUC with a 95 % bootstrap interval, Youden's threshold, confusion figures at a threshold.
"""
import numpy as np
from sklearn.metrics import roc_auc_score, roc_curve


def area(truth, score, resamples=2000, seed=5):
    """AUC and its 95 % percentile interval over resampled cases."""
    truth, score = np.asarray(truth), np.asarray(score)
    chance = np.random.default_rng(seed)
    values = []
    for _ in range(resamples):
        pick = chance.integers(0, len(truth), len(truth))
        if truth[pick].min() != truth[pick].max():
            values.append(roc_auc_score(truth[pick], score[pick]))
    low, high = np.percentile(values, [2.5, 97.5])
    return {"value": float(roc_auc_score(truth, score)), "low": float(low), "high": float(high)}


def youden(truth, score):
    """Threshold with the largest sensitivity + specificity - 1, halfway to the next lower score so that ties do not sit on it."""
    false_rate, true_rate, thresholds = roc_curve(truth, score, drop_intermediate=False)
    best = int(np.argmax((true_rate - false_rate)[1:])) + 1
    following = thresholds[best + 1] if best + 1 < len(thresholds) else thresholds[best]
    return float((thresholds[best] + following) / 2)


def confusion(truth, score, threshold):
    truth, call = np.asarray(truth).astype(bool), np.asarray(score) >= threshold
    tp, tn = int((truth & call).sum()), int((~truth & ~call).sum())
    fp, fn = int((~truth & call).sum()), int((truth & ~call).sum())
    return {
        "threshold": float(threshold),
        "sensitivity": tp / max(1, tp + fn),
        "specificity": tn / max(1, tn + fp),
        "f1": 2 * tp / max(1, 2 * tp + fp + fn),
        "TN": tn,
        "FP": fp,
        "FN": fn,
        "TP": tp,
    }
