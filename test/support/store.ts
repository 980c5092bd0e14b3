// Ledgers and spools for tests: a fresh folder each, closed and removed at the end, and instances with invented headers.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { AnalysisPlan } from '../../src/contracts/plan.ts';
import type { Database } from '../../src/store/database.ts';
import { openSpool, type Spool } from '../../src/store/spool.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import type { NewInstance } from '../../src/store/studies.ts';

export type StoreForTest = {
  readonly folder: string;
  readonly ledgerPath: string;
  /** The ledger that is open now. */
  readonly db: () => Database;
  readonly spool: () => Spool;
  /** Closes the ledger and opens ledger and spool again, as a restart does. */
  readonly restart: () => Promise<void>;
  readonly end: () => Promise<void>;
};

export async function storeForTest(options: { readonly minFreeMiB?: number } = {}): Promise<StoreForTest> {
  const folder = await mkdtemp(path.join(tmpdir(), 'sonorelay-store-'));
  const ledgerPath = path.join(folder, 'ledger.sqlite');
  const open = async (): Promise<{ readonly db: Database; readonly spool: Spool }> => ({
    db: await openSqlite({ path: ledgerPath }),
    spool: await openSpool({ folder: path.join(folder, 'spool'), minFreeMiB: options.minFreeMiB ?? 0 }),
  });
  let opened = await open();
  return {
    folder,
    ledgerPath,
    db: () => opened.db,
    spool: () => opened.spool,
    restart: async () => {
      await opened.db.close();
      opened = await open();
    },
    end: async () => {
      await opened.db.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** Instance `number` of study `study`, as intake would record it. */
export function newInstance(study: number, number: number, changes: Partial<NewInstance> = {}): NewInstance {
  return {
    sopClassUid: '1.2.840.10008.5.1.4.1.1.6.1',
    sopInstanceUid: `1.2.3.${study}.1.${number}`,
    studyInstanceUid: `1.2.3.${study}`,
    seriesInstanceUid: `1.2.3.${study}.1`,
    transferSyntaxUid: '1.2.840.10008.1.2.1',
    accessionNumber: `ACC${study}`,
    modality: 'US',
    bodyPartExamined: 'LEG',
    studyDescription: 'Vascular',
    seriesDescription: 'LT FV TRANS',
    protocolName: '',
    imageComments: '',
    viewName: '',
    laterality: 'L',
    anatomicRegion: [{ value: '83419000', scheme: 'SCT', meaning: 'Femoral vein' }],
    viewCode: [],
    imageType: ['ORIGINAL', 'PRIMARY'],
    instanceNumber: number,
    numberOfFrames: 1,
    rows: 418,
    columns: 578,
    manufacturer: 'ACME',
    manufacturerModelName: 'Scan 1',
    spoolPath: `studies/${study}/${number}.dcm`,
    byteLength: 1000 + number,
    sha256: `${study}`.padStart(32, '0') + `${number}`.padStart(32, '0'),
    callingAeTitle: 'SCANNER',
    ...changes,
  };
}

/** A plan of one step over `instanceKeys`, to `destinations`. */
export const planOf = (
  instanceKeys: readonly (number | null)[],
  destinations: readonly string[] = ['PACS', 'EHR'],
): AnalysisPlan => ({
  steps: [
    {
      modelId: 'vascular-sec',
      modelVersion: '1.0.0',
      rule: 'legs',
      instanceKeys: instanceKeys.filter((key) => key !== null),
      destinations,
    },
  ],
  skipped: [
    { modelId: 'lung-score', reason: 'no-rule-matches', rule: null, sentence: 'No rule names this model for the study.' },
  ],
});
