// In: screen styles. Out: screens of legs, lungs and hearts with the annotations that departments write, and what each of them says: to measure how well the
// text on pictures is read.

import { echoClip, echoPictures } from './echo-clip.ts';
import { drawEchoProbe } from './echo-probe.ts';
import { drawEchoScreen } from './echo-screen.ts';
import { examinedHeart } from './echo-study.ts';
import { keyframePicture, legSection } from './leg-section.ts';
import { areaName, areaWords, lungPlaces } from './lung-areas.ts';
import { drawLungProbe } from './lung-probe.ts';
import { lungFrame, lungPictures, lungScan } from './lung-scan.ts';
import { drawProbe } from './probe.ts';
import { randomFrom } from './random.ts';
import { drawScreen, type Screen, type ScreenStyle, type ScreenTexts } from './screen.ts';

/** What an annotation says; what it leaves open is missing. */
export type AnnotationTruth = {
  readonly side?: 'left' | 'right';
  readonly vein?: 'CFV' | 'FV' | 'POP';
  readonly landmark?: 'SFJ' | 'GSV';
  readonly compression?: boolean;
  readonly area?: number;
  readonly view?: 'A4C' | 'A2C' | 'PLAX' | 'other';
};

export type Annotation = {
  readonly family: 'vascular-sec' | 'vascular-dvt' | 'lung-score' | 'echo-view';
  readonly text: string;
  readonly truth: AnnotationTruth;
};

const SIDES = [
  ['LT', 'left'],
  ['RT', 'right'],
  ['L', 'left'],
  ['RIGHT', 'right'],
] as const;
const VEINS = [
  ['CFV', 'CFV'],
  ['FV', 'FV'],
  ['POP V', 'POP'],
  ['COM FEM', 'CFV'],
] as const;
const SHOWN: readonly (readonly [string, AnnotationTruth])[] = [
  ['TRANS W/ COMP', { compression: true }],
  ['TRANS W/O COMP', { compression: false }],
  ['LONG', {}],
];
const PRESSED: readonly (readonly [string, AnnotationTruth])[] = [
  ['COMP', { compression: true }],
  ['NO COMP', { compression: false }],
];
const VIEWS: readonly (readonly [string, NonNullable<AnnotationTruth['view']>])[] = [
  ['A4C', 'A4C'],
  ['AP4', 'A4C'],
  ['APICAL 4 CH', 'A4C'],
  ['4CH', 'A4C'],
  ['A2C', 'A2C'],
  ['AP2', 'A2C'],
  ['PLAX', 'PLAX'],
  ['PARASTERNAL LAX', 'PLAX'],
  ['PSAX', 'other'],
  ['SC4C', 'other'],
];

/** Every annotation that is measured. */
export const ANNOTATIONS: readonly Annotation[] = [
  ...SIDES.flatMap(([word, side]) =>
    VEINS.flatMap(([name, vein]) =>
      SHOWN.map(
        ([how, said]): Annotation => ({ family: 'vascular-sec', text: `${word} ${name} ${how}`, truth: { side, vein, ...said } }),
      ),
    ),
  ),
  ...SIDES.flatMap(([word, side]) =>
    (['SFJ', 'GSV'] as const).flatMap((landmark) =>
      PRESSED.map(
        ([how, said]): Annotation => ({
          family: 'vascular-dvt',
          text: `${word} ${landmark} ${how}`,
          truth: { side, landmark, ...said },
        }),
      ),
    ),
  ),
  ...lungPlaces.flatMap((at) =>
    [areaName(at), areaWords(at), `LUS ${String(at.area).padStart(2, '0')}`].map(
      (text): Annotation => ({ family: 'lung-score', text, truth: { area: at.area } }),
    ),
  ),
  ...VIEWS.map(([text, view]): Annotation => ({ family: 'echo-view', text, truth: { view } })),
];

/** What the header of these screens calls the patient and the place. */
export const ANNOTATED_NAMES: readonly string[] = ['PHANTOM^ANNA LONG', 'PHANTOM-7', 'LEFT BANK HOSPITAL'];

type Draw = (style: ScreenStyle, texts: ScreenTexts) => Screen;
type Background = { readonly draw: Draw; readonly probe: string; readonly settings: readonly string[] };

function leg(seed: number): Background {
  const section = legSection({ seed, side: 'L', vein: 'CFV', grade: 'absent', keyframes: 1 });
  const [keyframe] = section.keyframes;
  if (keyframe === undefined) throw new RangeError('a section has a keyframe');
  const size = { rows: 418, columns: 578 };
  const shown = keyframePicture(section, keyframe, { probe: drawProbe('alpha', randomFrom(seed, 'annotated leg')), size });
  const pixelMm = keyframe.depthMm / size.rows;
  const settings = ['VENOUS', 'FR 31HZ', 'D 4.0CM', 'DR 60', 'GN 63%'];
  return { draw: (style, texts) => drawScreen(shown, style, { pixelMm, texts }), probe: 'L9-3', settings };
}

function lung(seed: number): Background {
  const scan = drawLungProbe('convex', 'alpha', randomFrom(seed, 'annotated lung'));
  const size = { rows: 418, columns: 578 };
  const [shown] = lungPictures(lungScan({ seed, score: 1, scan, frames: 20 }), size, [0]);
  if (shown === undefined) throw new RangeError('a cine has a frame');
  const { pixelMm, skinRow } = lungFrame(scan, size);
  const settings = ['LUNG', 'FR 31HZ', 'D 12.0CM', 'DR 60', 'GN 63%'];
  return { draw: (style, texts) => drawScreen(shown, style, { pixelMm, skinRow, texts }), probe: 'C5-1', settings };
}

function heart(seed: number): Background {
  const chance = randomFrom(seed, 'annotated heart');
  const probe = drawEchoProbe('alpha', chance);
  const clip = echoClip(examinedHeart(seed), 'A4C', { chance, heartRate: 66, frames: 20 });
  const pictures = echoPictures(clip, { probe, size: { rows: 418, columns: 578 } });
  const shown = pictures.frame(0);
  const view = { pixelMm: pictures.pixelMm, skinRow: pictures.skinRow, rhythm: clip.rhythm, timeS: 0.2, durationS: 1 };
  const settings = ['ADULT ECHO', 'FR 45HZ', 'D 16.0CM', 'C 60', 'GN 63%', 'HR 66'];
  return { draw: (style, texts) => drawEchoScreen(shown, style, { ...view, texts }), probe: 'S5-1', settings };
}

const BACKGROUNDS: Readonly<Record<Annotation['family'], (seed: number) => Background>> = {
  'vascular-sec': leg,
  'vascular-dvt': leg,
  'lung-score': lung,
  'echo-view': heart,
};

/** A screen that is wished for. */
export type AnnotationWish = { readonly style: ScreenStyle; readonly annotation: Annotation };

/** Screens one by one, over pictures of their families made once from `seed`. */
export function* annotatedScreens(
  wishes: readonly AnnotationWish[],
  seed: number,
): Generator<AnnotationWish & { readonly screen: Screen }> {
  const backgrounds = new Map<(seed: number) => Background, Background>();
  for (const [number, { style, annotation }] of wishes.entries()) {
    const make = BACKGROUNDS[annotation.family];
    const background = backgrounds.get(make) ?? make(seed);
    backgrounds.set(make, background);
    const texts: ScreenTexts = {
      patientName: 'PHANTOM ANNA LONG',
      patientId: 'PHANTOM-7',
      date: '2026-05-12',
      time: `10:${String(10 + (number % 50))}:12`,
      institution: 'LEFT BANK HOSPITAL',
      annotation: annotation.text,
      probe: background.probe,
      settings: background.settings,
    };
    yield { style, annotation, screen: background.draw(style, texts) };
  }
}
