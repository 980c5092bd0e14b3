"""What the exporting programs would write of the reference weights today.

In: nothing; reads the manifest and the measured figures (`metrics.json`) of each model folder. Out, to the standard output as JSON: for each model its manifest and its card, made
anew from those figures, and where the card tells of them how many parameters its network has and what an answer costs, counted.
"""
import json
import os
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(ROOT, "models", "training"))

import echo_cards
import echo_texts
import export_echo
import lung_texts
import vascular_dvt_texts
import vascular_sec_texts
from autodvt import AutoDVT, multiply_adds
from r2plus1d import R2Plus1D, parameters
from resnet50v2 import ResNet50V2, parameter_count


def lung_manifest(graphs, *facts):
    return lung_texts.manifest(graphs, lung_texts.reference_facts(*facts))


def cmr_manifest(graphs, *facts):
    return echo_texts.cmr_manifest(graphs, export_echo.reference_facts(*facts))


WRITERS = {
    "vascular-sec": (vascular_sec_texts.manifest, vascular_sec_texts.card),
    "vascular-dvt": (vascular_dvt_texts.manifest, vascular_dvt_texts.card),
    "lung-score": (lung_manifest, lung_texts.card),
    "echo-view": (echo_texts.view_manifest, echo_cards.view_card),
    "echo-cmr": (cmr_manifest, echo_cards.cmr_card),
}


def read(model, name):
    with open(os.path.join(ROOT, "models", model, name)) as file:
        return json.load(file)


made = {}
for model, (manifest, card) in WRITERS.items():
    is_now, metrics = read(model, "manifest.json"), read(model, "metrics.json")
    facts = (metrics, is_now["version"], is_now["training"]["finishedOn"])
    made[model] = {"manifest": manifest(is_now["graphs"], *facts), "card": card(*facts)}
made["vascular-sec"]["parameters"] = parameter_count(ResNet50V2())
made["vascular-dvt"]["parameters"] = parameters(AutoDVT())
made["vascular-dvt"]["multiplyAdds"] = [sum(multiply_adds(9).values()), sum(multiply_adds(72).values()) // 64]
made["echo-cmr"]["parameters"] = parameters(R2Plus1D())
json.dump(made, sys.stdout)
