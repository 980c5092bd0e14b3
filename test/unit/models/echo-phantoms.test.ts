// The committed reference weights of echo-cmr and echo-view on simulated hearts that training never saw, by way of the node's own preprocessing.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { wantedFrames } from '../../../src/analysis/cine.ts';
import { planeOf } from '../../../src/analysis/clip-planes.ts';
import { CMR_VIEWS, inferEchoClip, inferGlobal } from '../../../src/analysis/echo-cmr.ts';
import { ECHO_VIEW_CLASSES, inferView } from '../../../src/analysis/echo-view.ts';
import { clipParameters } from '../../../src/analysis/family.ts';
import { candidateFrames } from '../../../src/analysis/keyframes.ts';
import { parseManifest } from '../../../src/analysis/manifest.ts';
import type { GreyPicture } from '../../../src/analysis/picture.ts';
import type { RunGraph } from '../../../src/contracts/analyser.ts';
import { openModel } from '../../../src/edge/onnx.ts';
import { echoClip, echoPictures } from '../../../src/phantom/echo-clip.ts';
import { drawEchoProbe } from '../../../src/phantom/echo-probe.ts';
import { examinedHeart } from '../../../src/phantom/echo-study.ts';
import type { EchoView } from '../../../src/phantom/heart-segments.ts';
import { randomFrom } from '../../../src/phantom/random.ts';

const MODELS = join(import.meta.dirname, '..', '..', '..', 'models');
const manifestOf = (id: string) => parseManifest(JSON.parse(readFileSync(join(MODELS, id, 'manifest.json'), 'utf8')), id);
const [cmr, viewer] = [manifestOf('echo-cmr'), manifestOf('echo-view')];

async function opened(manifest: typeof cmr): Promise<RunGraph> {
  const graphs = Object.fromEntries(
    Object.entries(manifest.graphs).map(([key, { file }]) => [key, readFileSync(join(MODELS, manifest.id, file))]),
  );
  return (await openModel({ graphs, stated: manifest.graphs, providers: ['cpu'], threads: 1, verify: async () => undefined }))
    .run;
}

/** A clip at the network's full size takes some seconds of one core, so a few hearts have to do; the cards have the figures of many. */
const HEARTS = 4;

type Seen = { readonly probability: number; readonly abnormal: boolean };

describe('the reference weights on simulated hearts', () => {
  const globals: Seen[] = [];
  const views: { readonly shown: EchoView; readonly taken: string | undefined }[] = [];

  beforeAll(async () => {
    const [run, runView] = [await opened(cmr), await opened(viewer)];
    for (let n = 0; n < HEARTS; n++) {
      const seed = 7_000_000 + n;
      const abnormal = n % 2 === 0;
      const chance = randomFrom(seed, 'test');
      const probe = drawEchoProbe('gamma', chance);
      const results: Parameters<typeof inferGlobal>[0][number][] = [];
      for (const view of [...CMR_VIEWS, ...(['PSAX', 'SC4C'] as const)]) {
        const clip = echoClip(examinedHeart(seed, abnormal), view, { chance, heartRate: 66, frameRate: 30 });
        const { frame } = echoPictures(clip, { probe, size: { rows: 112, columns: 156, fromNative: true, samples: 200 } });
        const shown = (at: number): GreyPicture => {
          const { rows, columns, pixels } = frame(at);
          return { rows, columns, data: pixels };
        };
        const spread = candidateFrames(clip.frames, clipParameters(viewer).maxFrames).map(shown);
        const probabilities = await inferView(
          spread.map((picture) => planeOf(picture, clipParameters(viewer))),
          viewer,
          runView,
        );
        views.push({ shown: view, taken: ECHO_VIEW_CLASSES[probabilities.indexOf(Math.max(...probabilities))] });
        if (view === 'PSAX' || view === 'SC4C') continue;
        const timesMs = Array.from({ length: clip.frames }, (_, at) => (1000 * at) / clip.frameRate);
        const parameters = clipParameters(cmr);
        const wanted = wantedFrames({ frameCount: clip.frames, timesMs }, parameters, parameters.maxFrames);
        const planes = wanted.map((at) => planeOf(shown(at), parameters));
        const { probability, tissue } = await inferEchoClip(planes, view, { manifest: cmr, run });
        results.push({ view, probability, tissue, wallMotionAbnormality: 'absent' });
      }
      const overall = await inferGlobal(results, { manifest: cmr, run });
      globals.push({ probability: overall?.probability ?? Number.NaN, abnormal });
    }
  }, 180_000);

  test('give hearts with a weak wall a higher probability than sound ones', () => {
    const [present, absent] = [true, false].map((abnormal) => globals.filter((one) => one.abnormal === abnormal));
    let ordered = 0;
    for (const one of present ?? []) for (const other of absent ?? []) if (one.probability > other.probability) ordered++;
    expect([present?.length, absent?.length]).toEqual([HEARTS / 2, HEARTS / 2]);
    expect(ordered / (HEARTS / 2) ** 2).toBeGreaterThanOrEqual(0.75);
  });

  test('tell the views apart', () => {
    const right = views.filter(({ shown, taken }) => taken === (CMR_VIEWS.some((view) => view === shown) ? shown : 'other'));
    expect(views).toHaveLength(5 * HEARTS);
    expect(right.length / views.length).toBeGreaterThanOrEqual(0.95);
  });
});
