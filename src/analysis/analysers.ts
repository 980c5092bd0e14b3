// The analysis of each model family: what carries out a job, and the small run that shows at start whether a model can work. One row a family.
import type { RunGraph } from '../contracts/analyser.ts';
import type { ModelFamily, ModelManifest } from '../contracts/model.ts';
import { fault } from '../kernel/errors.ts';
import { probeEchoCmr } from './echo-cmr.ts';
import { probeEchoView } from './echo-view.ts';
import type { InferFamily } from './family.ts';
import { inferDvt } from './infer-dvt.ts';
import { inferEchoCmr } from './infer-echo-cmr.ts';
import { inferEchoView } from './infer-echo-view.ts';
import { inferLung } from './infer-lung.ts';
import { inferSections } from './infer-sections.ts';
import { probeLungScore } from './lung-score.ts';
import { probeDvt } from './vascular-dvt.ts';
import { probe as probeSections } from './vascular-sec.ts';

export type FamilyAnalyser = {
  readonly infer: InferFamily;
  /** Runs every graph once on a small input, so that a folder that cannot work is refused at start and the first job finds warm sessions. */
  readonly probe: (manifest: ModelManifest, run: RunGraph) => Promise<void>;
};

const ANALYSERS: Readonly<Partial<Record<ModelFamily, FamilyAnalyser>>> = {
  'vascular-sec': { infer: inferSections, probe: probeSections },
  'vascular-dvt': { infer: inferDvt, probe: probeDvt },
  'lung-score': { infer: inferLung, probe: probeLungScore },
  'echo-view': { infer: inferEchoView, probe: probeEchoView },
  'echo-cmr': { infer: inferEchoCmr, probe: probeEchoCmr },
};

/** Fault `model-invalid` for a family that this version cannot analyse. */
export function analyserOf({ id, family }: ModelManifest): FamilyAnalyser {
  const analyser = ANALYSERS[family];
  if (analyser === undefined) throw fault('model-invalid', `${id}: this version has no analysis for ${family}`);
  return analyser;
}
