// All that is particular to `vascular-sec`: spontaneous echo contrast in a vein section from a bag of 1 to 17 keyframes, by attention-pooled
// features. In: samples and two graphs. Out: probabilities, attention and maps, checked; and the section result made from them.
import type { RunGraph } from '../contracts/analyser.ts';
import type { KeyframeResult, SectionResult } from '../contracts/finding.ts';
import type { ModelManifest } from '../contracts/model.ts';
import { fault } from '../kernel/errors.ts';
import { keyframeParameters, thresholdOf, type ValueMap } from './family.ts';
import { requireShares, requireTensor } from './outputs.ts';
import { BATCH, batchesOf, type Sample, tensorOf } from './preprocess.ts';
import type { Section } from './sections.ts';
import { MOST_OF_PRESSING, weighing } from './weighing.ts';

export type KeyframeOutputs = {
  /** Whether it was in the bag; attention is 0 where it was not. */
  readonly weighs: boolean;
  readonly attention: number;
  readonly longitudinal: number;
  readonly compression: number;
  /** Contribution of each place to the logit of P(SEC) before attention, over the whole keyframe. */
  readonly map: ValueMap;
};

/** What the two graphs say of one bag; `keyframes` in the order of the samples. */
export type BagOutputs = {
  readonly sec: number;
  readonly popliteal: number;
  readonly keyframes: readonly KeyframeOutputs[];
};

const PROBABILITY = [0, 1] as const;
/** Operating point of a head that the manifest gives none for. */
const EVEN = 0.5;

const operatingPoint = (manifest: ModelManifest, id: string): number =>
  manifest.outputs.find((output) => output.id === id)?.threshold ?? EVEN;

const significant = (value: number): number => Number(value.toPrecision(6));

type BackboneOutputs = {
  readonly features: Float32Array;
  readonly longitudinal: number;
  readonly compression: number;
  readonly map: ValueMap;
};

async function runBackbone(samples: readonly Sample[], channels: number, run: RunGraph): Promise<BackboneOutputs[]> {
  const count = samples.length;
  const outputs = await run('backbone', { frames: tensorOf(samples, channels) });
  const features = requireTensor(outputs, 'features', { shape: [count, null] });
  const longitudinal = requireTensor(outputs, 'longitudinal', { shape: [count], range: PROBABILITY });
  const compression = requireTensor(outputs, 'compression', { shape: [count], range: PROBABILITY });
  const map = requireTensor(outputs, 'sec_map', { shape: [count, null, null] });
  const width = features.shape[1] ?? 0;
  const rows = map.shape[1] ?? 0;
  const columns = map.shape[2] ?? 0;
  return samples.map((_, index) => ({
    features: features.data.slice(index * width, (index + 1) * width),
    longitudinal: longitudinal.data[index] ?? 0,
    compression: compression.data[index] ?? 0,
    map: { rows, columns, values: [...map.data.slice(index * rows * columns, (index + 1) * rows * columns)].map(significant) },
  }));
}

/**
 * Runs the backbone over all samples and the head over those that weigh. `cines` says which cine beside stills a sample is of, null for all others;
 * without it all samples weigh. Throws Fault `model-output-invalid` for NaN, a wrong shape or a value out of range.
 */
export async function inferBag(
  samples: readonly Sample[],
  {
    manifest,
    run,
    cines,
  }: { readonly manifest: ModelManifest; readonly run: RunGraph; readonly cines?: readonly (number | null)[] },
): Promise<BagOutputs> {
  const byIndex = new Map<number, BackboneOutputs>();
  for (const batch of batchesOf(samples, BATCH)) {
    const members = batch.flatMap((index) => samples.slice(index, index + 1));
    const outputs = await runBackbone(members, keyframeParameters(manifest).channels, run);
    for (const [place, index] of batch.entries()) {
      const one = outputs[place];
      if (one !== undefined) byIndex.set(index, one);
    }
  }
  const backbone = samples.flatMap((_, index) => byIndex.get(index) ?? []);
  const width = backbone[0]?.features.length ?? 0;
  if (backbone.some(({ features }) => features.length !== width))
    throw fault('model-output-invalid', 'features: another length for another frame size');
  const bag = weighing(
    backbone.map(({ longitudinal, compression }, index) => ({ cine: cines?.[index] ?? null, longitudinal, compression })),
    { longitudinal: operatingPoint(manifest, 'longitudinal'), compression: operatingPoint(manifest, 'compression') },
  );
  const features = new Float32Array(bag.length * width);
  for (const [place, index] of bag.entries()) features.set(backbone[index]?.features ?? [], place * width);
  const head = await run('head', { features: { shape: [bag.length, width], data: features } });
  const shares = requireShares(head, 'attention', bag.length);
  const attention = new Map(bag.map((index, place) => [index, shares[place] ?? 0]));
  return {
    sec: requireTensor(head, 'sec', { shape: [1], range: PROBABILITY }).data[0] ?? 0,
    popliteal: requireTensor(head, 'popliteal', { shape: [1], range: PROBABILITY }).data[0] ?? 0,
    keyframes: backbone.map(({ longitudinal, compression, map }, index) => ({
      weighs: attention.has(index),
      attention: attention.get(index) ?? 0,
      longitudinal,
      compression,
      map,
    })),
  };
}

/** A small run of both graphs, so that a folder that cannot work is refused at start and the first job finds warm sessions. */
export async function probe(manifest: ModelManifest, run: RunGraph): Promise<void> {
  const { maxRows, maxColumns, offset } = keyframeParameters(manifest);
  const rows = Math.min(128, maxRows);
  const columns = Math.min(160, maxColumns);
  const values = new Float32Array(rows * columns).fill(offset);
  await inferBag([{ rows, columns, values }], { manifest, run });
}

const times = (count: number): string => `${count} ${count === 1 ? 'keyframe' : 'keyframes'}`;

/** What of the section's keyframes had no say, if any. */
function notWeighed({ keyframes }: BagOutputs): string[] {
  const without = keyframes.filter(({ weighs }) => !weighs).length;
  if (without === 0) return [];
  return [
    `${without} of ${times(keyframes.length)} do not weigh: of a cine of a compression beside stills, only the ${MOST_OF_PRESSING} with the vein least pressed do.`,
  ];
}

/** Sentences where the heads of the network and the labels of the images disagree. */
export function disagreements(section: Section, outputs: BagOutputs, manifest: ModelManifest): string[] {
  const notes: string[] = [];
  const popliteal = outputs.popliteal >= operatingPoint(manifest, 'popliteal');
  if (section.vein === 'unknown') {
    notes.push(`The model takes the vein for ${popliteal ? 'the popliteal vein' : 'the femoral or common femoral vein'}.`);
  } else if (popliteal !== (section.vein === 'POP')) {
    notes.push(`The images are labelled ${section.vein}, the model takes the vein for ${popliteal ? 'POP' : 'CFV or FV'}.`);
  }
  let views = 0;
  let compressions = 0;
  for (const [index, { clip }] of section.picks.entries()) {
    const keyframe = outputs.keyframes[index];
    if (keyframe === undefined) continue;
    const longitudinal = keyframe.longitudinal >= operatingPoint(manifest, 'longitudinal');
    const compressed = keyframe.compression >= operatingPoint(manifest, 'compression');
    if (clip.labels.orientation !== null && longitudinal !== (clip.labels.orientation === 'longitudinal')) views += 1;
    // Only stills: a cine of a compression shows the vein with and without it.
    if (clip.labels.compression !== null && clip.frameCount === 1 && compressed !== clip.labels.compression) compressions += 1;
  }
  if (views > 0) notes.push(`For ${times(views)} the description and the model disagree on transverse or longitudinal.`);
  if (compressions > 0) notes.push(`For ${times(compressions)} the description and the model disagree on compression.`);
  return notes;
}

const VEIN_NOT_NAMED = 'No statement is made: the model knows femoral and popliteal veins only.';

/**
 * The result of a section. `unfit` is a sentence when no statement can be made of it, else null: then P(SEC) at or above the operating
 * point is `present`. A section whose vein is not named may show anything, so it is never more than `undetermined`.
 */
export function sectionResult(options: {
  readonly section: Section;
  readonly outputs: BagOutputs;
  readonly keyframes: readonly KeyframeResult[];
  readonly manifest: ModelManifest;
  readonly unfit: string | null;
  readonly notes: readonly string[];
}): SectionResult {
  const { section, outputs, keyframes, manifest, notes } = options;
  const unfit = options.unfit ?? (section.vein === 'unknown' ? VEIN_NOT_NAMED : null);
  const fit = outputs.sec >= thresholdOf(manifest, 'sec') ? 'present' : 'absent';
  return {
    side: section.side,
    sideSource: section.sideSource,
    vein: section.vein,
    veinSource: section.veinSource,
    secProbability: outputs.sec,
    sec: unfit === null ? fit : 'undetermined',
    popliteal: outputs.popliteal,
    keyframes,
    notes: [
      ...(unfit === null ? [] : [unfit]),
      ...section.notes,
      ...notWeighed(outputs),
      ...disagreements(section, outputs, manifest),
      ...notes,
    ],
  };
}
