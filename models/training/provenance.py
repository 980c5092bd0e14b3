"""Whose images weights were trained and measured on, and what a model folder may therefore say of itself.

In: the probe families that the generators wrote beside their pictures, and the manifest that reference weights of the family would have. Out: the
origins of a run; the folder and the id of the model; for weights of a site their own manifest and card.
A generator that reads a folder of labelled DICOM files (`--data`, `--part`) writes a negative number in place of the probe family.
"""
import os

REFERENCE_NOTICE = "Reference weights, trained on simulated images. Research use only. Not for diagnosis."
SITE_NOTICE = "Weights trained at the site; this project has not validated them. Research use only. Not for diagnosis."
SIMULATED = "simulated"
#: Of a folder the whole, or the part of its patients, as `patient-part.ts` parts them.
OF_FOLDER = {-1: "folder", -2: "folder, train", -3: "folder, validation", -4: "folder, held-out"}


def origins(families):
    """The origins of images, sorted, each once; `families` are the generators' numbers of probe families."""
    return sorted({OF_FOLDER.get(int(family), SIMULATED) for family in families})


def of_site(found):
    """Whether any of the origins is a folder of labelled files."""
    return any(origin != SIMULATED for origin in found)


def trained_on(trained):
    """Words for what a network of a site was trained on."""
    folder = "labelled DICOM files of a folder"
    return f"simulated images and {folder}" if SIMULATED in trained else folder


def cohort(what, trained, held_out):
    """Words for what the figures were measured on. `what` names the cases (`lung cines`). Other patients are claimed only where the parts show it."""
    if held_out == [SIMULATED]:
        return f"simulated {what}, held out (other seeds than in training)"
    if SIMULATED in held_out:
        raise SystemExit("held-out images are simulated in part: figures need one cohort or the other")
    words = f"labelled {what} of a folder"
    apart = held_out == ["folder, held-out"] and not {"folder", "folder, held-out"} & set(trained)
    return f"{words}, held out: other patients than in training" if apart else f"{words}; that these are other patients than in training is not known"


def target(out, trained, held_out, reference):
    """The folder to write, the id of the model, and whether it is a site's. Weights of a site go to a folder of their own, whose name is the id; the reference weights never do."""
    site = of_site(trained)
    if not site and of_site(held_out):
        raise SystemExit("these weights saw simulated images only: `sonorelay evaluate` measures them on a folder's images")
    if site != (out is not None):
        raise SystemExit("--out is for weights of a folder's images, and these need it: the reference weights are of simulated ones")
    folder = reference if out is None else out
    return folder, os.path.basename(os.path.abspath(folder)), site


def site_manifest(reference, facts):
    """
    The manifest of weights of a site, from that which reference weights with these graphs and figures would have: their own figures, and nothing that is said
    of reference weights or was published of others. `facts`: id, training, cohort.
    """
    outputs = []
    for output in reference["outputs"]:
        own = [fact for fact in output["evidence"] if fact["source"].endswith("metrics.json")]
        evidence = [{**fact, "cohort": facts["cohort"], "source": f"{facts['id']}/metrics.json"} for fact in own]
        method = {}
        if " on simulated" in output.get("thresholdMethod", ""):
            method = {"thresholdMethod": f"{output['thresholdMethod'].split(', on simulated')[0]}, on validation images"}
        outputs.append({**output, **method, "evidence": evidence})
    return {
        **reference,
        "id": facts["id"],
        "manufacturer": "trained at the site",
        "referenceWeights": False,
        "notice": SITE_NOTICE,
        "outputs": outputs,
        "training": {**reference["training"], "data": facts["training"]},
        "licence": "that of the site",
    }


def site_card(facts, table):
    """
    The card of weights of a site. `facts`: id, version, finished, training, cohort, design (a sentence's beginning), remarks (what the figures leave
    out, or nothing); `table` has the figures.
    """
    remarks = f"{facts['remarks']}\n" if facts.get("remarks") else ""
    return f"""# {facts['id']} {facts['version']}

**{SITE_NOTICE}**

{facts['design']}, trained on {facts['finished']}: {facts['training']}.
Figures: {facts['cohort']}.

{table}

{remarks}State further evidence in the manifest before results are used.
"""
