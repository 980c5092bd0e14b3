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


def choice(truth, predicted, classes, resamples=2000, seed=5):
    """Figures of a choice among `classes`: confusion matrix (rows: truth), precision, recall and F1 by class, accuracy and mean F1 with 95 % intervals."""
    truth, predicted = np.asarray(truth), np.asarray(predicted)

    def matrix_of(pick):
        return np.bincount(truth[pick] * classes + predicted[pick], minlength=classes * classes).reshape(classes, classes)

    def by_class(matrix):
        right = np.diag(matrix)
        precision, recall = right / np.maximum(1, matrix.sum(0)), right / np.maximum(1, matrix.sum(1))
        return precision, recall, 2 * right / np.maximum(1, matrix.sum(0) + matrix.sum(1))

    everything = np.arange(len(truth))
    matrix = matrix_of(everything)
    chance = np.random.default_rng(seed)
    accuracies, means = [], []
    for _ in range(resamples):
        resampled = matrix_of(chance.integers(0, len(truth), len(truth)))
        accuracies.append(np.trace(resampled) / resampled.sum())
        means.append(by_class(resampled)[2].mean())

    def measured(value, values):
        low, high = np.percentile(values, [2.5, 97.5])
        return {"value": float(value), "low": float(low), "high": float(high)}

    precision, recall, f1 = by_class(matrix)
    return {
        "cases": int(len(truth)),
        "matrix": matrix.tolist(),
        "accuracy": measured(np.trace(matrix) / matrix.sum(), accuracies),
        "macroF1": measured(f1.mean(), means),
        "classes": [
            {"precision": float(p), "recall": float(r), "f1": float(f), "support": int(n)}
            for p, r, f, n in zip(precision, recall, f1, matrix.sum(1))
        ],
    }
