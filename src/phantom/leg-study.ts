// In: a seed and wishes. Out: a whole leg examination as DICOM attributes and frames, with the truth about it.
//
// Each section of each leg is a few stills and, as departments do it, a transverse compression cine; annotations are burned in outside
// the picture and repeated in attributes.

import { noContrast } from './blood.ts';
import { drawExamination, imageUid, type StudyLabels, studyLabels } from './examination.ts';
import type { Side, Vein } from './leg-anatomy.ts';
import {
  annotationText,
  attributesOf,
  type LegExamination,
  type LegStudyWish,
  type Place,
  type SectionChoice,
  sectionTexts,
  sideWord,
} from './leg-attributes.ts';
import { type ContrastGrade, contrastGrades, type Keyframe, keyframePicture, legSection, type Section } from './leg-section.ts';
import type { PhantomStudy, PlannedImage } from './phantom-image.ts';
import { drawProbe } from './probe.ts';
import { hash32 } from './random.ts';
import { drawScreen } from './screen.ts';

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

export type LegLabels = StudyLabels & {
  readonly sections: readonly SectionLabel[];
  readonly instances: readonly InstanceLabel[];
};

const bothLegs: readonly SectionChoice[] = (['R', 'L'] as const).flatMap((side) =>
  (['CFV', 'FV', 'POP'] as const).map((vein) => ({ side, vein })),
);

function imageOf(examination: LegExamination, place: Place, moments: readonly Keyframe[]): PlannedImage {
  const { style, probe, picture } = examination;
  const { section, keyframe } = place;
  const annotation =
    moments.length > 1
      ? `${sideWord(section.side)} ${section.vein} TRANS COMP CINE`
      : annotationText(section.side, section.vein, keyframe);
  const view = { pixelMm: keyframe.depthMm / picture.rows, texts: sectionTexts(examination, place, annotation) };
  return {
    attributes: attributesOf(examination, place, { annotation, frames: moments.length }),
    frames: moments.length,
    *screens() {
      for (const moment of moments) yield drawScreen(keyframePicture(section, moment, { probe, size: picture }), style, view);
    },
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
export type LegStudy = PhantomStudy<LegLabels> & {
  readonly examination: LegExamination;
  readonly sections: readonly Section[];
};

/** A leg examination, the same for the same wish. Patients are invented and say so in every name and number. */
export function legStudy(wish: LegStudyWish): LegStudy {
  const { examination: drawn, chance } = drawExamination(wish, { part: 'LEG', name: 'leg', drawProbe });
  const examination: LegExamination = { ...drawn, series: [] };
  const images: PlannedImage[] = [];
  const instanceLabels: InstanceLabel[] = [];
  const sectionLabels: SectionLabel[] = [];
  const sections: Section[] = [];
  for (const [index, choice] of (wish.sections ?? bothLegs).entries()) {
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
      const number = images.length;
      const sopInstanceUid = imageUid(examination, number);
      images.push(imageOf(examination, { section, keyframe, number }, moments));
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
  const labels: LegLabels = { ...studyLabels(examination), sections: sectionLabels, instances: instanceLabels };
  return { images, labels, examination, sections };
}
