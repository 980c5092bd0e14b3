// The step that takes results back. In: jobs that a person retracted, with what was sent of them. Out: a rejection note for the PACS and withdrawn
// messages for the EHR in the spool, their rows in the ledger, and the job `retracted`.
import { createHash } from 'node:crypto';
import type { Artifact } from '../contracts/delivery.ts';
import { attributesOf } from '../dicom/attributes.ts';
import { type Dataset, text } from '../dicom/dataset.ts';
import { openPart10 } from '../dicom/part10.ts';
import { bundleText, readBundle } from '../fhir/json.ts';
import { retractedBundle } from '../fhir/withdraw.ts';
import { withdrawn } from '../hl7/withdraw.ts';
import type { Turn } from '../kernel/loop.ts';
import { claimRetraction, type Retraction, recordRetraction } from '../store/retractions.ts';
import type { SelectedObject } from './key-object-selection.ts';
import { rejectionNote } from './rejection-note.ts';
import type { RenderParts } from './render.ts';
import { dateTimeText } from './times.ts';
import { object, type Written, writeOutputs } from './written.ts';

async function attributesAt(path: string): Promise<Dataset> {
  const file = await openPart10(path);
  try {
    return attributesOf(file);
  } finally {
    await file.close();
  }
}

/** MSH-10 of the withdrawal: the same for the same message. */
const withdrawalId = (controlId: string): string =>
  BigInt(`0x${createHash('sha256').update(`withdrawn ${controlId}`).digest('hex').slice(0, 24)}`)
    .toString(36)
    .toUpperCase()
    .slice(-20);

/** What was sent, each artifact once, with the destinations that have it. */
function byArtifact(
  sent: Retraction['sent'],
): readonly { readonly artifact: Artifact; readonly destinations: readonly string[] }[] {
  const keys = [...new Set(sent.map(({ artifact }) => artifact.artifactKey))];
  return keys.flatMap((key) => {
    const rows = sent.filter(({ artifact }) => artifact.artifactKey === key);
    const [first] = rows;
    return first === undefined ? [] : [{ artifact: first.artifact, destinations: rows.map(({ destination }) => destination) }];
  });
}

/** One note for each set of destinations that got the same objects; mostly there is one set. */
async function notes(retraction: Retraction, parts: RenderParts): Promise<readonly Written[]> {
  const objects = byArtifact(retraction.sent.filter(({ artifact }) => artifact.sopInstanceUid !== ''));
  if (objects.length === 0) return [];
  const { job, reason } = retraction;
  const now = parts.clock();
  const rejected: (SelectedObject & { readonly destinations: readonly string[] })[] = [];
  let header: Dataset = {};
  for (const { artifact, destinations } of objects) {
    header = await attributesAt(parts.spool.absolute(artifact.spoolPath));
    const { sopClassUid, sopInstanceUid } = artifact;
    const seriesInstanceUid = text(header, 'SeriesInstanceUID');
    rejected.push({
      seriesInstanceUid,
      sopClassUid,
      sopInstanceUid,
      isImage: artifact.kind === 'capture',
      frames: [],
      destinations,
    });
  }
  const sets = new Map<string, readonly string[]>();
  for (const destination of new Set(rejected.flatMap(({ destinations }) => destinations))) {
    const uids = rejected.filter(({ destinations }) => destinations.includes(destination)).map((one) => one.sopInstanceUid);
    const key = uids.join(' ');
    sets.set(key, [...(sets.get(key) ?? []), destination]);
  }
  const outputs: Written[] = [];
  for (const [uids, destinations] of sets) {
    const note = rejectionNote({
      studyInstanceUid: job.studyInstanceUid,
      objects: rejected.filter(({ sopInstanceUid }) => uids.split(' ').includes(sopInstanceUid)),
      reason,
      // Our own object carries the patient and study attributes of the source, checked when it was written.
      source: header,
      installation: parts.installation,
      selectedAt: now,
      offsetMinutes: offsetOf(parts, now),
    });
    outputs.push(object('rejection', `rejection-${outputs.length + 1}.dcm`, { attributes: note, destinations }));
  }
  return outputs;
}

const offsetOf = (parts: RenderParts, at: number): number => (parts.offsetAt ?? ((ms) => -new Date(ms).getTimezoneOffset()))(at);

type Withdrawal = { readonly controlId: string; readonly sentAt: string };

/** How a message or a transaction is taken back, and what its file is called. */
const WITHDRAWALS: Readonly<
  Partial<
    Record<Artifact['kind'], { readonly of: (sent: string, as: Withdrawal) => string; readonly name: (id: string) => string }>
  >
> = {
  oru: { of: (sent, as) => withdrawn(sent, as), name: (id) => `oru-${id}.hl7` },
  fhir: { of: (sent) => bundleText(retractedBundle(readBundle(sent))), name: (id) => `fhir-${id}.json` },
};

/** The messages that stand at the receivers, withdrawn. Those of a revision that was superseded do not stand any more. */
async function withdrawals({ sent }: Retraction, parts: RenderParts): Promise<readonly Written[]> {
  const outputs: Written[] = [];
  for (const { artifact, destinations } of byArtifact(sent.filter(({ isSuperseded }) => !isSuperseded))) {
    const withdrawal = WITHDRAWALS[artifact.kind];
    if (withdrawal === undefined) continue;
    const now = parts.clock();
    const controlId = withdrawalId(artifact.controlId);
    const original = (await parts.spool.readFile(artifact.spoolPath)).toString('utf8');
    const bytes = Buffer.from(withdrawal.of(original, { controlId, sentAt: dateTimeText(now, offsetOf(parts, now)) }), 'utf8');
    const { kind, sopClassUid, sopInstanceUid, transferSyntaxUid } = artifact;
    const name = withdrawal.name(controlId);
    outputs.push({ kind, name, bytes, sopClassUid, sopInstanceUid, transferSyntaxUid, controlId, destinations });
  }
  return outputs;
}

/** The turn of the retraction loop: one retracted job to its notes. What was never sent needs none. */
export function retractJobs(parts: RenderParts): Turn {
  return async () => {
    const { db, owner, leaseMs, clock, log } = parts;
    const retraction = await claimRetraction(db, { owner, now: clock(), leaseMs });
    if (retraction === null) return false;
    const { job, reason } = retraction;
    const outputs = [...(await notes(retraction, parts)), ...(await withdrawals(retraction, parts))];
    const artifacts = await writeOutputs(job, outputs, parts.spool);
    if (!(await recordRetraction(db, job, { owner, artifacts, now: clock() }))) return true;
    log('job.retracted', { study: job.studyKey, job: job.jobKey, model: job.modelId, reason, artifacts: artifacts.length });
    parts.onRendered(job.destinations);
    return true;
  };
}
