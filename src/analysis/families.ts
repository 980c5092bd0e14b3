// What a family asks of its manifests. In: a manifest. Out: the problems that keep it from running, none for a good one.
import type { ModelFamily, ModelManifest } from '../contracts/model.ts';

/** Names that the analyser of a family reads and writes; a manifest must offer at least these. */
export type FamilyNeeds = {
  readonly kind: ModelManifest['kind'];
  readonly graphs: Readonly<Record<string, { readonly inputs: readonly string[]; readonly outputs: readonly string[] }>>;
  /** Output ids that must carry a threshold. */
  readonly thresholds: readonly string[];
  /** The output that the family's statement is about. */
  readonly statement: string;
  /** The family of a model that has to run beside it, whatever its id. */
  readonly companion?: ModelFamily;
};

const ECHO_TRUNK = { inputs: ['clip'], outputs: ['maps'] };
const ECHO_HEADS = {
  inputs: ['maps'],
  outputs: [
    ...['wall_motion', 'late_enhancement', 'abnormal_t1', 'abnormal_t2', 'abnormal_ecv'],
    ...['t1_ms', 't2_ms', 'ecv_percent', 'activation'],
  ],
};

export const FAMILIES: Readonly<Partial<Record<ModelFamily, FamilyNeeds>>> = {
  'vascular-sec': {
    kind: 'keyframe-bag',
    graphs: {
      backbone: { inputs: ['frames'], outputs: ['features', 'longitudinal', 'compression', 'sec_map'] },
      head: { inputs: ['features'], outputs: ['sec', 'attention', 'popliteal'] },
    },
    thresholds: ['sec'],
    statement: 'sec',
  },
  'vascular-dvt': {
    kind: 'frame-stack',
    graphs: { network: { inputs: ['frames'], outputs: ['landmark', 'open', 'landmark_map', 'open_map'] } },
    thresholds: ['landmark', 'open'],
    statement: 'compressibility',
  },
  'lung-score': {
    kind: 'clip',
    graphs: {
      frames: { inputs: ['frames'], outputs: ['features', 'mask'] },
      clip: { inputs: ['features'], outputs: ['probabilities'] },
    },
    thresholds: ['score'],
    statement: 'score',
  },
  'echo-view': {
    kind: 'clip',
    graphs: { view: { inputs: ['frames'], outputs: ['probabilities'] } },
    thresholds: ['view'],
    statement: 'view',
  },
  'echo-cmr': {
    kind: 'clip',
    // Graphs of several views may name one file; it is loaded once.
    graphs: {
      trunk_a4c: ECHO_TRUNK,
      trunk_a2c: ECHO_TRUNK,
      trunk_plax: ECHO_TRUNK,
      heads_a4c: ECHO_HEADS,
      heads_a2c: ECHO_HEADS,
      heads_plax: ECHO_HEADS,
      global: { inputs: ['evidence'], outputs: ['wall_motion'] },
    },
    thresholds: ['wma-global', 'wma-a4c', 'wma-a2c', 'wma-plax'],
    statement: 'wma-global',
    companion: 'echo-view',
  },
};

const missing = (wanted: readonly string[], present: readonly { readonly name: string }[]): string[] =>
  wanted.filter((name) => !present.some((tensor) => tensor.name === name));

/** Problems as `path: message`; empty when the analyser of its family can run this manifest. */
export function familyProblems(manifest: ModelManifest): string[] {
  const needs = FAMILIES[manifest.family];
  if (needs === undefined) return [`family: this version has no analyser for ${manifest.family}`];
  const problems: string[] = [];
  if (manifest.kind !== needs.kind) problems.push(`kind: ${manifest.family} reads ${needs.kind}`);
  for (const [key, wanted] of Object.entries(needs.graphs)) {
    const graph = manifest.graphs[key];
    if (graph === undefined) {
      problems.push(`graphs.${key}: missing`);
      continue;
    }
    for (const name of missing(wanted.inputs, graph.inputs)) problems.push(`graphs.${key}.inputs: ${name} is missing`);
    for (const name of missing(wanted.outputs, graph.outputs)) problems.push(`graphs.${key}.outputs: ${name} is missing`);
  }
  const isKeyframes = 'downsample' in manifest.preprocessing;
  if (isKeyframes !== (needs.kind === 'keyframe-bag')) problems.push(`preprocessing: not that of ${needs.kind}`);
  if (!manifest.outputs.some(({ id }) => id === needs.statement)) problems.push(`outputs: ${needs.statement} is missing`);
  for (const id of needs.thresholds) {
    const output = manifest.outputs.find((one) => one.id === id);
    if (output === undefined) problems.push(`outputs: ${id} is missing`);
    else if (output.threshold === undefined) problems.push(`outputs.${id}.threshold: missing`);
  }
  return problems;
}

/** Problems of the models that it uses, as `path: message`: the one that its family needs has to be among them, once. */
export function companionProblems({ family }: ModelManifest, used: readonly ModelManifest[]): string[] {
  const wanted = FAMILIES[family]?.companion;
  if (wanted === undefined) return [];
  const found = used.filter((one) => one.family === wanted).length;
  return found === 1 ? [] : [`uses: ${found === 0 ? 'no model' : `${found} models`} of the family ${wanted}, one is needed`];
}
