// In: a seed and wishes. Out: a whole leg examination as DICOM attributes and frames, with the truth about it.
//
// Each section of each leg is a few stills and, as departments do it, a transverse compression cine; annotations are burned in outside
// the picture and repeated in attributes.

import type { Dataset } from '../dicom/dataset.ts';
import { uidFrom } from '../dicom/uids.ts';
import { noContrast } from './blood.ts';
import type { Side, Vein } from './leg-anatomy.ts';
import {
  annotationText,
  attributesOf,
  type Examination,
  type LegStudyWish,
  type Place,
  type SectionChoice,
  screenTexts,
} from './leg-attributes.ts';
import { type ContrastGrade, contrastGrades, type Keyframe, keyframePicture, legSection, type Section } from './leg-section.ts';
import { drawProbe, type ProbeFamily, probeFamilies } from './probe.ts';
import { hash32, randomFrom } from './random.ts';
import { drawScreen, type ScreenStyle, screenStyles } from './screen.ts';

/** One image object: attributes by keyword without pixel data, and its frames, grey or RGB interleaved. */
export type PhantomInstance = {
  readonly attributes: Dataset;
  readonly frames: readonly Uint8Array[];
  readonly rows: number;
  readonly columns: number;
  readonly samplesPerPixel: 1 | 3;
};

/** What is true of one image object. */
export type InstanceLabel = {
  readonly sopInstanceUid: string;
  readonly side: Side;
  readonly vein: Vein;
  readonly orientation: Keyframe['orientation'];
  readonly compression: Keyframe['compression'] | 'cine';
  readonly witness: boolean;
  readonly frames: number;
};

/** What is true of one section: contrast is present unless absent, and which instances show it. */
export type SectionLabel = {
  readonly side: Side;
  readonly vein: Vein;
  readonly popliteal: boolean;
  readonly sec: ContrastGrade;
  readonly witnesses: readonly string[];
};

export type LegLabels = {
  readonly seed: number;
  readonly studyInstanceUid: string;
  readonly accessionNumber: string;
  readonly style: ScreenStyle;
  readonly probeFamily: ProbeFamily;
  readonly sections: readonly SectionLabel[];
  readonly instances: readonly InstanceLabel[];
};

const bothLegs: readonly SectionChoice[] = (['R', 'L'] as const).flatMap((side) =>
  (['CFV', 'FV', 'POP'] as const).map((vein) => ({ side, vein })),
);

function instanceOf(examination: Examination, place: Place, moments: readonly Keyframe[]): PhantomInstance {
  const { style, probe, picture } = examination;
  const cine = moments.length > 1;
  const leg = `${place.section.side === 'L' ? 'LT' : 'RT'} ${place.section.vein}`;
  const annotation = cine ? `${leg} TRANS COMP CINE` : annotationText(place.section.side, place.section.vein, place.keyframe);
  const view = { pixelMm: place.keyframe.depthMm / picture.rows, texts: screenTexts(examination, place, annotation) };
  const screens = moments.map((keyframe) =>
    drawScreen(keyframePicture(place.section, keyframe, { probe, size: picture }), style, view),
  );
  const first = screens[0];
  if (first === undefined) throw new RangeError('an instance has at least one frame');
  return {
    attributes: attributesOf(examination, place, { annotation, frames: moments.length }),
    frames: screens.map((screen) => screen.pixels),
    rows: first.rows,
    columns: first.columns,
    samplesPerPixel: first.samplesPerPixel,
  };
}

/** The moments of a compression: the probe presses the vein closed and lets go, while contrast drifts. */
function compressionCine(keyframe: Keyframe, frames: number): readonly Keyframe[] {
  return Array.from({ length: frames }, (_, n) => {
    const momentS = n * 0.0323;
    const compression = Math.max(0, Math.sin((Math.PI * (n - frames * 0.2)) / (frames * 0.7))) ** 0.7;
    return {
      ...keyframe,
      pose: { ...keyframe.pose, compression: Math.min(1, compression * 1.05), momentS },
      contrast: { ...keyframe.contrast, momentS },
    };
  });
}

/** A leg study, what its images share, and its vein sections in the order of the labels. */
export type LegStudy = {
  readonly instances: readonly PhantomInstance[];
  readonly labels: LegLabels;
  readonly examination: Examination;
  readonly sections: readonly Section[];
};

/** A leg examination, the same for the same wish. Patients are invented and say so in every name and number. */
export function legStudy(wish: LegStudyWish): LegStudy {
  const chance = randomFrom(wish.seed, 'leg study');
  const style = wish.style ?? chance.pick(screenStyles);
  const family = wish.probeFamily ?? chance.pick(probeFamilies);
  const examination: Examination = {
    wish,
    style,
    probe: drawProbe(family, chance),
    picture: wish.picture ?? { rows: 418, columns: 578 },
    date: `2026${String(chance.integer(1, 12)).padStart(2, '0')}${String(chance.integer(1, 28)).padStart(2, '0')}`,
    // Another wish is another study, also with the same seed.
    key: `phantom leg ${JSON.stringify(wish)}`,
    series: [],
  };
  const instances: PhantomInstance[] = [];
  const instanceLabels: InstanceLabel[] = [];
  const sectionLabels: SectionLabel[] = [];
  const sections: Section[] = [];
  const choices = wish.sections ?? bothLegs;
  for (const [index, choice] of choices.entries()) {
    const { side, vein } = choice;
    const grade = choice.sec ?? (chance.chance(0.5) ? 'absent' : chance.pick(contrastGrades.slice(1)));
    const section = legSection({
      seed: hash32(wish.seed, side, vein, index),
      side,
      vein,
      grade,
      ...(choice.keyframes === undefined ? {} : { keyframes: choice.keyframes }),
    });
    sections.push(section);
    const still = section.keyframes.map((keyframe) => ({ keyframe, moments: [keyframe], label: keyframe.compression }));
    const open = section.keyframes.find((keyframe) => keyframe.compression === 'without');
    // The cine shows the vein without contrast: the witnesses of a section are stills, so that its truth stays simple.
    const cine = index < (wish.cines ?? 1) && open !== undefined ? { ...open, witness: false, contrast: noContrast } : null;
    const shots =
      cine === null
        ? still
        : [...still, { keyframe: cine, moments: compressionCine(cine, chance.integer(20, 32)), label: 'cine' as const }];
    const witnesses: string[] = [];
    for (const { keyframe, moments, label } of shots) {
      const place = { section, keyframe, number: instances.length };
      const instance = instanceOf(examination, place, moments);
      const sopInstanceUid = String(instance.attributes['SOPInstanceUID']);
      instances.push(instance);
      if (keyframe.witness) witnesses.push(sopInstanceUid);
      instanceLabels.push({
        sopInstanceUid,
        side,
        vein,
        orientation: keyframe.orientation,
        compression: label,
        witness: keyframe.witness,
        frames: moments.length,
      });
    }
    sectionLabels.push({ side, vein, popliteal: vein === 'POP', sec: grade, witnesses });
  }
  const labels: LegLabels = {
    seed: wish.seed,
    studyInstanceUid: uidFrom(examination.key, 'study'),
    accessionNumber: `PH${wish.seed}`,
    style,
    probeFamily: family,
    sections: sectionLabels,
    instances: instanceLabels,
  };
  return { instances, labels, examination, sections };
}
