// The check of a manifest. In: the parsed JSON of `models/<id>/manifest.json`. Out: a ModelManifest, or one Fault with every problem by path.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { ModelManifest } from '../contracts/model.ts';
import { fault } from '../kernel/errors.ts';

const text = z.string().min(1).max(2000);
const name = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'lower-case letters, digits, ".", "_" and "-" only');
const share = z.number().min(0).max(1);

const code = z.strictObject({
  value: z.string().min(1).max(16),
  scheme: z.string().min(1).max(16),
  meaning: z.string().min(1).max(64),
});

const tensor = z.strictObject({
  name: text,
  type: z.literal('float32'),
  shape: z.array(z.union([z.int().min(1), text])).max(8),
});

const graph = z.strictObject({
  // A plain file name: a manifest must not point outside its own folder.
  file: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, 'a plain file name inside the model folder'),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, '64 lower-case hexadecimal digits'),
  opset: z.int().min(1).max(100),
  inputs: z.array(tensor).min(1).max(16),
  outputs: z.array(tensor).min(1).max(32),
});

const keyframePreprocessing = z.strictObject({
  downsample: z.number().min(1).max(16),
  maxRows: z.int().min(32).max(4096),
  maxColumns: z.int().min(32).max(4096),
  channels: z.int().min(1).max(3),
  scale: z.number(),
  offset: z.number(),
  minKeyframes: z.int().min(1).max(64),
  maxKeyframes: z.int().min(1).max(64),
});

const millimetres = z.number().min(0.001).max(10);

const clipPreprocessing = z.strictObject({
  rows: z.int().min(16).max(4096),
  columns: z.int().min(16).max(4096),
  channels: z.int().min(1).max(3),
  fit: z.enum(['stretch', 'cut', 'pad']),
  canvas: z.int().min(0).max(8192),
  millimetresPerPixel: z.exactOptional(
    z
      .strictObject({ least: millimetres, most: millimetres, otherwise: millimetres })
      .refine(({ least, most, otherwise }) => least <= otherwise && otherwise <= most, {
        path: ['otherwise'],
        message: 'must lie between least and most',
      }),
  ),
  mean: z.array(z.number()).min(1).max(3),
  deviation: z.array(z.number().gt(0)).min(1).max(3),
  minFrames: z.int().min(1).max(10_000),
  maxFrames: z.int().min(1).max(10_000),
  framesPerSecond: z.number().min(0).max(1000),
  frameStep: z.int().min(1).max(1000),
});

const preprocessing = z.union([
  keyframePreprocessing.refine((p) => p.minKeyframes <= p.maxKeyframes, {
    path: ['minKeyframes'],
    message: 'must not exceed maxKeyframes',
  }),
  clipPreprocessing
    .refine((p) => p.minFrames <= p.maxFrames, { path: ['minFrames'], message: 'must not exceed maxFrames' })
    .refine((p) => p.mean.length === p.channels && p.deviation.length === p.channels, {
      path: ['mean'],
      message: 'mean and deviation: one of each a channel',
    })
    .refine((p) => (p.fit === 'pad') === p.canvas > 0, { path: ['canvas'], message: 'above 0 for pad, else 0' }),
]);

const evidence = z.strictObject({
  metric: text,
  measured: z.strictObject({ value: z.number(), low: z.exactOptional(z.number()), high: z.exactOptional(z.number()) }),
  cohort: text,
  source: text,
});

const output = z.strictObject({
  id: name,
  tensor: text,
  per: z.enum(['section', 'keyframe', 'clip', 'frame', 'study']),
  concept: code,
  threshold: z.exactOptional(share),
  thresholdMethod: z.exactOptional(text),
  evidence: z.array(evidence).max(50),
  reporting: z.enum(['clinical', 'research', 'off']),
});

const scalesAreRead = ({ kind, preprocessing: parameters }: Pick<ModelManifest, 'kind' | 'preprocessing'>): boolean =>
  !('millimetresPerPixel' in parameters) || (kind === 'frame-stack' && parameters.fit === 'pad');

const manifestSchema: z.ZodType<ModelManifest> = z
  .strictObject({
    id: name,
    version: z.string().min(1).max(64),
    name: z.string().min(1).max(64),
    family: z.enum(['vascular-sec', 'vascular-dvt', 'lung-score', 'echo-view', 'echo-cmr']),
    kind: z.enum(['keyframe-bag', 'frame-stack', 'clip']),
    manufacturer: z.string().min(1).max(64),
    mode: z.enum(['live', 'shadow']),
    lateArrival: z.enum(['supersede', 'ignore']),
    referenceWeights: z.boolean(),
    notice: z.string().min(1).max(200),
    preprocessing,
    uses: z.exactOptional(z.array(name).max(8)),
    graphs: z.record(name, graph),
    outputs: z.array(output).min(1).max(64),
    training: z.strictObject({ data: text, program: text, seed: z.int(), log: text, finishedOn: text }),
    licence: text,
    sources: z.array(text).max(50),
  })
  .refine(scalesAreRead, {
    path: ['preprocessing', 'millimetresPerPixel'],
    message: 'is read for a frame stack with fit pad only',
  });

/** Checks the JSON of a manifest. Throws Fault `model-invalid` that lists every problem as `path: message`. */
export function parseManifest(json: unknown, where: string): ModelManifest {
  const parsed = manifestSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.map(String).join('.') || '(top)'}: ${issue.message}`);
  throw fault('model-invalid', `${where}: ${problems.join('; ')}`);
}

/**
 * One name for exactly this model: SHA-256 over its version, its graphs, its preprocessing, its operating points and the models that it uses, lower-case
 * hexadecimal. The UIDs of results derive from it, so whatever can change a result has to change it: other weights, and another threshold too.
 */
export function modelDigest(
  manifest: Pick<ModelManifest, 'id' | 'version' | 'graphs' | 'preprocessing' | 'outputs'>,
  usedDigests: readonly string[],
): string {
  const graphs = Object.keys(manifest.graphs)
    .sort()
    .map((key) => [key, manifest.graphs[key]?.sha256]);
  const preprocessing = Object.entries(manifest.preprocessing).sort(([one], [other]) => (one < other ? -1 : 1));
  const outputs = manifest.outputs.map(({ id, tensor, threshold, reporting }) => [id, tensor, threshold ?? null, reporting]);
  return createHash('sha256')
    .update(JSON.stringify([manifest.id, manifest.version, graphs, preprocessing, outputs, ...usedDigests]))
    .digest('hex');
}
