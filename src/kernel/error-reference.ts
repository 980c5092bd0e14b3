// docs/errors.md from the fault registry. In: the registry. Out: a Markdown page; a test compares it with the file.
import { FAULTS, type FaultRow } from './errors.ts';

const hex = (status: number | undefined): string =>
  status === undefined ? '' : status.toString(16).toUpperCase().padStart(4, '0');
const triple = (reject: FaultRow['reject']): string =>
  reject === undefined ? '' : `${reject.result}/${reject.source}/${reject.reason}`;

/** A row a fault: code, disposition, sentence, and what a peer sees of it. */
export function errorReference(): string {
  const rows = Object.entries(FAULTS as Readonly<Record<string, FaultRow>>).map(
    ([code, row]) =>
      `| \`${code}\` | ${row.disposition} | ${row.sentence} | ${triple(row.reject)} | ${hex(row.status)} | ${row.http ?? ''} | ${row.exitCode ?? ''} |`,
  );
  return [
    '# Faults',
    '',
    'Generated from `src/kernel/errors.ts` by `node scripts/write-reference.ts`; a test holds the two together.',
    '',
    'Transient: the peer provably did nothing, the node tries again. Ambiguous: it may have acted, the node tries again where a repeat is harmless.',
    'Permanent: the same attempt would fail the same way; it waits for a person. Defect: a fault of the node itself; parked for a person.',
    '',
    '| Code | Disposition | Meaning | A-ASSOCIATE-RJ (PS3.8 Table 9-21) | DIMSE status | HTTP | Exit code |',
    '|---|---|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
