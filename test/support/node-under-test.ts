// A node as a process, configured for a test: free ports, a spool of its own, a PACS and an EHR. In: where they listen. Out: the process and its folder.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type NodeProcess, startNodeProcess } from '../../src/demo/node-process.ts';
import { isSettled as allSettled, openLedger } from '../../src/store/ledger.ts';
import { type StudyOverview, studyOverviews } from '../../src/store/overview.ts';

export const ROOT = path.resolve(import.meta.dirname, '../..');

export type NodeUnderTest = {
  readonly folder: string;
  readonly configFile: string;
  readonly start: () => Promise<NodeProcess>;
  /** The ledger as `sonorelay status` reads it. */
  readonly overviews: () => Promise<readonly StudyOverview[]>;
  readonly remove: () => Promise<void>;
};

export type NodeOptions = {
  readonly pacsPort: number;
  readonly ehrPort: number;
  readonly dicomPort?: number;
  readonly maxAssociations?: number;
  readonly quietSeconds?: number;
  /** Lines of YAML put at the end; later keys must not repeat earlier ones. */
  readonly more?: readonly string[];
  readonly modelsFolder?: string;
  readonly minFreeMiB?: number;
  readonly peers?: string;
  readonly models?: readonly string[];
  /** Routes as YAML lines, in place of one that sends every ultrasound image to every model. */
  readonly routes?: readonly string[];
  /** Options of a FHIR destination `fhir` that gets the results too, as in `baseUrl: https://...`. */
  readonly fhir?: string;
};

/** Makes the folder and the configuration; `start` may be called again after the process is gone. */
export async function nodeUnderTest(options: NodeOptions): Promise<NodeUnderTest> {
  const folder = await mkdtemp(path.join(tmpdir(), 'sonorelay-node-'));
  const configFile = path.join(folder, 'sonorelay.yaml');
  const retry = 'retry: { firstDelaySeconds: 0.2, longestDelaySeconds: 1, mostAttempts: 0 }';
  const models = options.models ?? ['vascular-sec'];
  await writeFile(
    configFile,
    [
      'aeTitle: SONORELAY',
      'spool:',
      '  folder: spool',
      `  minFreeMiB: ${options.minFreeMiB ?? 16}`,
      `dicom: { host: 127.0.0.1, port: ${options.dicomPort ?? 0}, maxAssociations: ${options.maxAssociations ?? 32} }`,
      `peers: ${options.peers ?? '[{ aeTitle: MODALITY, addresses: [127.0.0.1] }, { aeTitle: STORESCU }, { aeTitle: DCMSEND }]'}`,
      `study: { quietSeconds: ${options.quietSeconds ?? 1} }`,
      `models: { folder: ${JSON.stringify(options.modelsFolder ?? path.join(ROOT, 'models'))}, use: [${models.join(', ')}] }`,
      'analysis: { providers: [cpu], threadsPerProcess: 2 }',
      'routes:',
      ...(options.routes ?? [
        `  - { name: every-ultrasound, when: { modality: "^US$" }, models: [${models.join(', ')}], destinations: [pacs, ehr${options.fhir === undefined ? '' : ', fhir'}] }`,
      ]),
      'destinations:',
      `  - { name: pacs, kind: dicom, host: 127.0.0.1, port: ${options.pacsPort}, calledAeTitle: PACS, ${retry} }`,
      `  - { name: ehr, kind: hl7, host: 127.0.0.1, port: ${options.ehrPort}, receivingApplication: EHR, acknowledgementTimeoutSeconds: 3, ${retry} }`,
      ...(options.fhir === undefined ? [] : [`  - { name: fhir, kind: fhir, ${options.fhir}, ${retry} }`]),
      ...(options.more ?? []),
      '',
    ].join('\n'),
  );
  return {
    folder,
    configFile,
    start: () => startNodeProcess(configFile, { timeoutMs: 60_000 }),
    overviews: async () => {
      const db = await openLedger(path.join(folder, 'spool'), { readOnly: true });
      try {
        return await studyOverviews(db, { limit: 100 });
      } finally {
        await db.close();
      }
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** True when studies came and nothing more will happen of itself. */
export const isSettled = (overviews: readonly StudyOverview[]): boolean => overviews.length > 0 && allSettled(overviews);

/** Polls until `condition` holds; fails with `what` after `timeoutMs`. */
export async function until(what: string, timeoutMs: number, condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Not within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
