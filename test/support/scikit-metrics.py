"""scikit-learn and NumPy as the peer of our figures.

In, on standard input: JSON with any of `binary` {truth, score, threshold, picks}, `classes` {truth, predicted, labels}, `quantity` {truth, predicted}.
Out: JSON with the same figures under our names; null where the peer calls one undefined.
"""
import json
import sys

import numpy as np
from sklearn import metrics


def binary(given):
    truth, score = np.array(given["truth"]), np.array(given["score"])
    called = score >= given["threshold"]
    false_rate, true_rate, thresholds = metrics.roc_curve(truth, score, drop_intermediate=False)
    resampled = [metrics.roc_auc_score(truth[p], score[p]) for p in map(np.array, given["picks"]) if len(set(truth[p])) == 2]
    tn, fp, fn, tp = metrics.confusion_matrix(truth, called, labels=[0, 1]).ravel()
    return {
        "auc": metrics.roc_auc_score(truth, score),
        "roc": [list(map(float, point)) for point in zip(false_rate[1:], true_rate[1:], thresholds[1:])],
        "bestIndex": float((true_rate - false_rate).max()),
        "confusion": {"TN": int(tn), "FP": int(fp), "FN": int(fn), "TP": int(tp)},
        "precision": metrics.precision_score(truth, called, zero_division=0) if called.any() else None,
        "recall": metrics.recall_score(truth, called),
        "specificity": metrics.recall_score(truth, called, pos_label=0),
        "f1": metrics.f1_score(truth, called),
        "accuracy": metrics.accuracy_score(truth, called),
        "interval": list(np.percentile(resampled, [2.5, 97.5])),
        "skipped": len(given["picks"]) - len(resampled),
    }


def classes(given):
    truth, predicted, labels = given["truth"], given["predicted"], given["labels"]
    precision, recall, f1, support = metrics.precision_recall_fscore_support(truth, predicted, labels=labels)
    return {
        "matrix": metrics.confusion_matrix(truth, predicted, labels=labels).tolist(),
        "precision": precision.tolist(),
        "recall": recall.tolist(),
        "f1": f1.tolist(),
        "support": support.tolist(),
        "accuracy": metrics.accuracy_score(truth, predicted),
        "macroF1": metrics.f1_score(truth, predicted, labels=labels, average="macro"),
        "weightedF1": metrics.f1_score(truth, predicted, labels=labels, average="weighted"),
    }


def quantity(given):
    truth, predicted = np.array(given["truth"]), np.array(given["predicted"])
    difference = predicted - truth
    bias, sd = difference.mean(), difference.std(ddof=1)
    return {
        "mae": metrics.mean_absolute_error(truth, predicted),
        "rmse": metrics.mean_squared_error(truth, predicted, squared=False),
        "r2": metrics.r2_score(truth, predicted),
        "blandAltman": {"bias": bias, "sd": sd, "lower": bias - 1.96 * sd, "upper": bias + 1.96 * sd},
    }


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    kinds = {"binary": binary, "classes": classes, "quantity": quantity}
    json.dump({name: [kinds[name](one) for one in given] for name, given in asked.items()}, sys.stdout)
