// The analysis of `vascular-sec`, from files to vein sections. In: a job. Out: a statement a section, with its keyframes kept as pictures and maps.
import type { PictureAverage } from '../contracts/analyser.ts';
import type { KeyframeResult, SectionResult, SkippedInput } from '../contracts/finding.ts';
import type { ModelManifest } from '../contracts/model.ts';
import { fault } from '../kernel/errors.ts';
import { type ChosenFrame, type Clip, type KeyframeGrid, openClip, readKeyframes } from './clip.ts';
import { type FamilyAnswer, type FamilyWork, keepPicture, keyframeParameters } from './family.ts';
import { skippedInput } from './image.ts';
import { GRAPHICS_NOTE } from './mask.ts';
import { contrast, type GreyPicture } from './picture.ts';
import { sampleOf, targetSize } from './preprocess.ts';
import { cinesBesideStills, type Section, sectionsOf } from './sections.ts';
import { skipFor } from './skips.ts';
import { inferBag, sectionResult } from './vascular-sec.ts';

/** Standard deviation of the grey values below which a picture shows nothing. */
const EMPTY_BELOW = 2;

type Looked = { readonly pick: ChosenFrame; readonly picture: GreyPicture; readonly average: PictureAverage };

const twoDigits = (number: number): string => String(number).padStart(2, '0');

/** Pictures of a section's keyframes; frames that turn out unreadable or coloured are told in `skipped`. */
async function lookAt(
  { picks }: Section,
  { request, manifest, watch, decoding, readRegions }: FamilyWork,
): Promise<{ readonly looked: readonly Looked[]; readonly skipped: readonly SkippedInput[] }> {
  const parameters = keyframeParameters(manifest);
  const gridOf: KeyframeGrid = (rows, columns) => targetSize(rows, columns, parameters);
  const { pictures, skipped } = await readKeyframes(picks, { limits: request.limits, watch, decoding, readRegions, gridOf });
  const looked = pictures.flatMap(({ index, picture, average }) => {
    const pick = picks[index];
    return pick === undefined ? [] : [{ pick, picture, average }];
  });
  return { looked, skipped };
}

function keyframeResult(
  looked: Looked,
  outputs: { readonly attention: number; readonly longitudinal: number; readonly compression: number },
  files: { readonly picturePath: string; readonly mapPath: string },
): KeyframeResult {
  const { clip, view, frame } = looked.pick;
  const { sopClassUid, sopInstanceUid, seriesInstanceUid } = clip.input.header;
  return {
    sopClassUid,
    sopInstanceUid,
    seriesInstanceUid,
    frameNumber: frame + 1,
    numberOfFrames: clip.frameCount,
    region: view.rectangle,
    spacingMm: view.spacingMm,
    attention: outputs.attention,
    longitudinal: outputs.longitudinal,
    compression: outputs.compression,
    ...files,
  };
}

function unfitness(looked: readonly Looked[], manifest: ModelManifest): string | null {
  const { minKeyframes } = keyframeParameters(manifest);
  if (looked.length < minKeyframes) return `Only ${looked.length} keyframes could be read, the model needs ${minKeyframes}.`;
  if (looked.every(({ picture }) => contrast(picture) < EMPTY_BELOW)) return 'The keyframes show nothing: they are of one grey.';
  return null;
}

/** The result of a section, or null when none of its keyframes could be read (`skipped` says why). */
async function inferSection(
  section: Section,
  number: number,
  work: FamilyWork,
): Promise<{ readonly result: SectionResult | null; readonly skipped: readonly SkippedInput[] }> {
  const { manifest } = work;
  const { looked, skipped } = await lookAt(section, work);
  if (looked.length === 0) return { result: null, skipped };
  const samples = work.watch.time('preprocess', () =>
    looked.map(({ average }) => sampleOf(average, keyframeParameters(manifest))),
  );
  const outputs = await work.watch.timeAsync('infer', () =>
    inferBag(samples, { manifest, run: work.run, cines: cinesBesideStills(looked.map(({ pick }) => pick)) }),
  );
  const keyframes = await Promise.all(
    looked.map(async (one, index) => {
      const output = outputs.keyframes[index];
      if (output === undefined) throw fault('model-output-invalid', 'fewer keyframes came back than were given');
      const name = `section-${twoDigits(number)}-keyframe-${twoDigits(index + 1)}`;
      return keyframeResult(one, output, await keepPicture(name, { picture: one.picture, map: output.map }, work));
    }),
  );
  const result = sectionResult({
    section: { ...section, picks: looked.map(({ pick }) => pick) },
    outputs,
    keyframes,
    manifest,
    unfit: unfitness(looked, manifest),
    notes: [GRAPHICS_NOTE],
  });
  return { result, skipped };
}

/** Carries out a `vascular-sec` job. A study of which nothing can be analysed gives no sections and every instance skipped with its reason. */
export async function inferSections(work: FamilyWork): Promise<FamilyAnswer> {
  const { request, manifest, watch, decoding, readRegions, texts } = work;
  const { maxKeyframes } = keyframeParameters(manifest);
  const clips: Clip[] = [];
  const skipped: SkippedInput[] = [];
  for (const input of request.inputs) {
    const looking = { limits: request.limits, watch, decoding, readRegions, texts };
    const opened = await openClip(input, { ...looking, mostKeyframes: maxKeyframes });
    skipped.push(...opened.skipped);
    if (opened.clip === null) continue;
    if (opened.clip.labels.isOtherVessel) skipped.push(skippedInput(input, skipFor('other-vessel')));
    else clips.push(opened.clip);
  }
  const sections: SectionResult[] = [];
  for (const [index, section] of sectionsOf(clips, maxKeyframes).entries()) {
    const inferred = await inferSection(section, index + 1, work);
    skipped.push(...inferred.skipped);
    if (inferred.result !== null) sections.push(inferred.result);
  }
  return {
    findings: { family: 'vascular-sec', sections },
    skipped,
    lossy: new Map(clips.map((clip) => [clip.input.header.sopInstanceUid, clip.lossy])),
    sections: sections.length,
    keyframes: sections.reduce((sum, section) => sum + section.keyframes.length, 0),
  };
}
