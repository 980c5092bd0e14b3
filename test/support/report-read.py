"""Reads what the node wrote with other programs' eyes, or writes sources for it. Prints JSON on standard output.

report-read.py dicom FILE           names, flags and the text of a data set, and the mean and shape of its pixels, by pydicom
report-read.py hl7 FILE             fields of a message, by python3-hl7
report-read.py segments FILE ...    of each message every segment as [name, [field, ...]], a field as [[[subcomponent, ...], ...], ...], by python3-hl7
report-read.py documents FILE ...   SOP class, character set, name and numbers of items by value type of each data set, by pydicom
report-read.py source FILE CHARSET NAME   writes an ultrasound image header in that Specific Character Set, by pydicom
"""

import json
import sys

try:
    import hl7
    import pydicom
    from pydicom.dataset import Dataset, FileMetaDataset
except ImportError as missing:
    sys.stderr.write(f"{missing}; install the test peers with: npm run set-up\n")
    sys.exit(3)


def items_of(dataset):
    found = []
    for item in getattr(dataset, "ContentSequence", []):
        name = item.ConceptNameCodeSequence[0].CodeMeaning if "ConceptNameCodeSequence" in item else ""
        value = getattr(item, "TextValue", None)
        if item.ValueType == "NUM":
            value = str(item.MeasuredValueSequence[0].NumericValue)
        if item.ValueType == "CODE":
            value = item.ConceptCodeSequence[0].CodeMeaning
        found.append([item.RelationshipType, item.ValueType, name, value])
        found.extend(items_of(item))
    return found


def dicom(path):
    dataset = pydicom.dcmread(path)
    out = {
        "characterSet": dataset.SpecificCharacterSet,
        "patientName": str(dataset.PatientName),
        "sopClass": dataset.SOPClassUID.name,
        "items": items_of(dataset),
    }
    if "PixelData" in dataset:
        pixels = dataset.pixel_array
        out["shape"] = list(pixels.shape)
        out["frameTimeMs"] = float(dataset.FrameTime) if "FrameTime" in dataset else None
        out["labels"] = list(dataset.FrameLabelVector) if "FrameLabelVector" in dataset else []
        out["strip"] = [int(value) for value in pixels.reshape((-1,) + pixels.shape[-3:])[0, 5, 5]]
    return out


def message(path):
    parsed = hl7.parse(open(path, "rb").read().decode("utf-8"))
    unescaped = lambda segment, field, repetition=1, component=1: parsed.extract_field(segment, 1, field, repetition, component)
    return {
        "family": unescaped("PID", 5, 1, 1),
        "given": unescaped("PID", 5, 1, 2),
        "patientId": unescaped("PID", 3),
        "accession": unescaped("OBR", 18),
        "type": unescaped("MSH", 9),
        "observations": [[str(segment[3][0][0]), str(segment[4]), str(segment[5]), str(segment[11])] for segment in parsed.segments("OBX")],
    }


def segments_of(path):
    parsed = hl7.parse(open(path, "rb").read().decode("utf-8"))
    plain = lambda text: parsed.unescape(str(text))
    out = []
    for segment in parsed:
        name = str(segment[0])
        # MSH-1 and MSH-2 are the separators themselves.
        first = 3 if name == "MSH" else 1
        fields = []
        for field in list(segment)[first:]:
            repetitions = field if isinstance(field, hl7.Field) else [field]
            fields.append([[[plain(part) for part in (component if isinstance(component, hl7.Component) else [component])]
                            for component in (repetition if isinstance(repetition, hl7.Repetition) else [repetition])]
                           for repetition in repetitions])
        out.append([name, fields])
    return out


def segments(*paths):
    return [segments_of(path) for path in paths]


def documents(*paths):
    out = []
    for path in paths:
        dataset = pydicom.dcmread(path)
        counts = {}
        for _, kind, _, _ in items_of(dataset):
            counts[kind] = counts.get(kind, 0) + 1
        names = {"sopClass": dataset.SOPClassUID.name, "characterSet": dataset.SpecificCharacterSet, "patientName": str(dataset.PatientName)}
        out.append({**names, "counts": counts})
    return out


def source(path, character_set, name):
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.6.1"
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = "2.25.1"
    dataset.SpecificCharacterSet = character_set.split("\\")
    dataset.StudyInstanceUID = "2.25.2"
    dataset.SeriesInstanceUID = "2.25.3"
    dataset.PatientName = name
    dataset.PatientID = "P1"
    dataset.is_little_endian = True
    dataset.is_implicit_VR = False
    dataset.save_as(path, write_like_original=False)
    return {}


COMMANDS = {"dicom": dicom, "documents": documents, "hl7": message, "segments": segments, "source": source}
print(json.dumps(COMMANDS[sys.argv[1]](*sys.argv[2:])))
