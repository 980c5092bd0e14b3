// The analysis of each model family: what carries out a job, and the small run that shows at start whether a model can work. One row a family.
import type { RunGraph } from '../contracts/analyser.ts';
import type { ModelFamily, ModelManifest } from '../contracts/model.ts';
import { fault } from '../kernel/errors.ts';
import type { InferFamily } from './family.ts';
import { inferLung } from './infer-lung.ts';
import { inferSections } from './infer-sections.ts';
import { probeLungScore } from './lung-score.ts';
import { probe as probeSections } from './vascular-sec.ts';

export type FamilyAnalyser = {
  readonly infer: InferFamily;
  /** Runs every graph once on a small input, so that a folder that cannot work is refused at start and the first job finds warm sessions. */
  readonly probe: (manifest: ModelManifest, run: RunGraph) => Promise<void>;
};

const ANALYSERS: Readonly<Partial<Record<ModelFamily, FamilyAnalyser>>> = {
  'vascular-sec': { infer: inferSections, probe: probeSections },
  'lung-score': { infer: inferLung, probe: probeLungScore },
};

/** Fault `model-invalid` for a family that this version cannot analyse. */
export function analyserOf({ id, family }: ModelManifest): FamilyAnalyser {
  const analyser = ANALYSERS[family];
  if (analyser === undefined) throw fault('model-invalid', `${id}: this version has no analysis for ${family}`);
  return analyser;
}
