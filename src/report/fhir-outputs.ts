// The FHIR transactions of a job, one a destination, with what was said before and is not said any more taken back. In: a job, its result, the ledger
// and the spool. Out: outputs to be written beside the others.
import type { Destination, FhirDestination } from '../contracts/delivery.ts';
import type { Job } from '../contracts/job.ts';
import { bundleText, readBundle } from '../fhir/json.ts';
import type { TransactionBundle } from '../fhir/resources.ts';
import { superseding } from '../fhir/withdraw.ts';
import type { Database } from '../store/database.ts';
import { studyOverviews } from '../store/overview.ts';
import type { Spool } from '../store/spool.ts';
import { artifactFolder } from './earlier-report.ts';
import { type FhirParts, fhirReport } from './fhir-report.ts';
import { controlIdOf } from './provenance.ts';
import { NOT_ANALYSED } from './sr.ts';
import type { Written } from './written.ts';

type Places = { readonly db: Database; readonly spool: Pick<Spool, 'readFile'> };

/** What a job may hand on: its result, and before it that it could not be analysed. */
type Part = '' | typeof NOT_ANALYSED;

const fileName = (destination: FhirDestination, part: Part): string =>
  `fhir-${destination.name}${part === '' ? '' : `.${part}`}.json`;

/** A bundle in the spool; null when there is no such file. */
async function bundleAt(spoolPath: string, spool: Places['spool']): Promise<TransactionBundle | null> {
  try {
    return readBundle((await spool.readFile(spoolPath)).toString('utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** A job that was skipped names every route that meant it: `leg-veins + lungs`. */
const isOfRoute = (named: string, rule: string): boolean => named === rule || named.split(' + ').includes(rule);

/**
 * What the same model and route handed on to this destination last, in an earlier revision or as the notice of this one; it names all that still
 * earlier ones took back.
 */
async function earlierBundle(
  job: Job,
  destination: FhirDestination,
  { db, spool, part }: Places & { readonly part: Part },
): Promise<TransactionBundle | null> {
  const overview = (await studyOverviews(db, { studyInstanceUid: job.studyInstanceUid, limit: 1 }))[0];
  if (overview === undefined) return null;
  const handedOn = new Set(
    overview.deliveries
      .filter((delivery) => delivery.kind === 'fhir' && delivery.destination === destination.name)
      .map(({ jobKey }) => jobKey),
  );
  const jobs = overview.jobs
    .filter((one) => one.modelId === job.modelId && isOfRoute(one.rule, job.rule) && one.revision <= job.revision)
    .filter(({ jobKey }) => handedOn.has(jobKey))
    .sort((one, other) => other.revision - one.revision);
  for (const { jobKey } of jobs) {
    const parts: readonly Part[] = jobKey !== job.jobKey ? ['', NOT_ANALYSED] : part === '' ? [NOT_ANALYSED] : [];
    for (const one of parts) {
      const found = await bundleAt(`${artifactFolder(jobKey)}/${fileName(destination, one)}`, spool);
      if (found !== null) return found;
    }
  }
  return null;
}

/** One transaction for each of `destinations` that is a FHIR server. `part` as in FhirParts. */
export function fhirOutputs(
  job: Job,
  facts: Omit<FhirParts, 'destination' | 'rule' | 'part'>,
  parts: Places & { readonly destinations: readonly Destination[]; readonly part?: Part },
): Promise<readonly Written[]> {
  const { part = '' } = parts;
  const servers = parts.destinations.filter((one): one is FhirDestination => one.kind === 'fhir');
  return Promise.all(
    servers.map(async (destination): Promise<Written> => {
      const bundle = fhirReport({ ...facts, destination, rule: job.rule, part });
      const earlier = await earlierBundle(job, destination, { ...parts, part });
      const whole = earlier === null ? bundle : superseding(bundle, earlier);
      return {
        kind: 'fhir',
        name: fileName(destination, part),
        bytes: Buffer.from(bundleText(whole), 'utf8'),
        sopClassUid: '',
        sopInstanceUid: '',
        transferSyntaxUid: '',
        controlId: controlIdOf(facts.result, `${destination.name}${part === '' ? '' : ` ${part}`}`),
        destinations: [destination.name],
      };
    }),
  );
}
