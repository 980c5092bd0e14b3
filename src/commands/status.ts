// sonorelay status: where each study stands. In: the ledger of the configured spool, read only, also while the node runs. Out: text, or JSON with --json.
import { resolved } from '../config/preflight.ts';
import { fault } from '../kernel/errors.ts';
import { hasLedger, openLedger } from '../store/ledger.ts';
import { type DeliveryOverview, type JobOverview, type StudyOverview, studyOverviews } from '../store/overview.ts';
import { configFileOf, openConfig, parseOptions } from './arguments.ts';

const HELP = `Usage: sonorelay status [--config FILE] [--accession NUMBER | --study UID] [--limit N] [--json]

Shows the newest studies (20 unless --limit says otherwise): how many images came, which models ran or why not, and what became of each report.
--history adds what happened to the study, line by line. --json prints the same as JSON, with all times as epoch milliseconds.`;

export async function status(args: readonly string[]): Promise<number> {
  const values = parseOptions(
    args,
    {
      config: { type: 'string', short: 'c' },
      accession: { type: 'string' },
      study: { type: 'string' },
      limit: { type: 'string', default: '20' },
      history: { type: 'boolean' },
      json: { type: 'boolean' },
    },
    HELP,
  );
  if (values === null) return 0;
  const limit = Number(values['limit']);
  if (!Number.isInteger(limit) || limit < 1 || limit > 10_000)
    throw fault('usage', `--limit takes a whole number from 1 to 10000.\n\n${HELP}`);
  const { config, baseFolder } = await openConfig(configFileOf(values));
  const folder = resolved(baseFolder, config.spool.folder);
  if (!hasLedger(folder)) {
    process.stdout.write(
      values['json'] === true ? '[]\n' : `No ledger in ${folder} yet: no node has run with this configuration.\n`,
    );
    return 0;
  }
  const db = await openLedger(folder, { readOnly: true });
  try {
    const overviews = await studyOverviews(db, {
      limit,
      ...(typeof values['accession'] === 'string' ? { accessionNumber: values['accession'] } : {}),
      ...(typeof values['study'] === 'string' ? { studyInstanceUid: values['study'] } : {}),
    });
    if (values['json'] === true) process.stdout.write(`${JSON.stringify(overviews, null, 2)}\n`);
    else if (overviews.length === 0) process.stdout.write('No study matches.\n');
    else
      process.stdout.write(
        `${overviews.map((overview) => statusText(overview, { now: Date.now(), history: values['history'] === true })).join('\n\n')}\n`,
      );
  } finally {
    await db.close();
  }
  return 0;
}

/** One study as a few lines for people. Times are local; `now` is epoch ms. */
export function statusText(overview: StudyOverview, options: { readonly now: number; readonly history: boolean }): string {
  const { study } = overview;
  const jobs = overview.jobs.filter((job) => job.revision === study.revision);
  const jobKeys = new Set(jobs.map((job) => job.jobKey));
  const deliveries = overview.deliveries.filter((delivery) => jobKeys.has(delivery.jobKey));
  const earlier = overview.jobs.length - jobs.length;
  const lines = [
    `${study.accessionNumber === '' ? '(no accession number)' : `Accession ${study.accessionNumber}`}  study ${study.studyInstanceUid}`,
    `  ${study.instanceCount} object${study.instanceCount === 1 ? '' : 's'} from ${study.callingAeTitle}, last at ${time(study.lastInstanceAt)}; ${study.state === 'open' ? 'still arriving' : 'complete'}, revision ${study.revision}`,
    ...jobs.map(
      (job) =>
        `  ${jobText(
          job,
          deliveries.some(({ jobKey }) => jobKey === job.jobKey),
        )}`,
    ),
    ...deliveries.map((delivery) => `  ${deliveryText(delivery, options.now)}`),
    ...(earlier > 0 ? [`  ${earlier} job${earlier === 1 ? '' : 's'} of earlier revisions`] : []),
    ...(options.history ? overview.history.map((entry) => `    ${time(entry.at)} ${entry.what} ${entry.detail}`.trimEnd()) : []),
  ];
  return lines.join('\n');
}

const time = (at: number): string => {
  const local = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19).replace('T', ' ');
};

function jobText(job: JobOverview, isReported: boolean): string {
  const what = job.modelVersion === '' ? job.modelId : `${job.modelId} ${job.modelVersion}`;
  if (job.state === 'skipped') return `${what}: not run (${job.reason}): ${job.detail}`;
  if (job.state === 'parked') return `${what}: PARKED after ${job.attempts} attempts: ${job.reason} ${job.detail}`.trimEnd();
  if (job.state === 'queued' && job.attempts > 0) return `${what}: queued again after ${job.attempts} attempts: ${job.detail}`;
  if (job.state === 'queued' && job.detail !== '') return `${what}: queued again: ${job.detail}`;
  const words = {
    queued: 'queued',
    running: 'running',
    done: 'analysed, report to be written',
    rendered: isReported ? 'analysed and reported' : 'analysed, nothing to report',
    retracting: `RETRACTED (${job.reason}), the notes are to be written`,
    retracted: `RETRACTED (${job.reason})`,
  }[job.state];
  return `${what}: ${words}`;
}

function deliveryText(delivery: DeliveryOverview, now: number): string {
  const what = `${delivery.kind} to ${delivery.destination}`;
  const words =
    delivery.lastOutcome === null
      ? ''
      : [delivery.lastOutcome.code, delivery.lastOutcome.words].filter((part) => part !== '').join(': ');
  if (delivery.state === 'sent') return `${what}: sent at ${time(delivery.sentAt ?? 0)}`;
  if (delivery.state === 'parked') return `${what}: PARKED after ${delivery.attempts} attempts: ${words}`;
  if (delivery.state === 'withdrawn') return `${what}: withdrawn before it was sent${words === '' ? '' : `: ${words}`}`;
  if (delivery.state === 'refused') return `${what}: REFUSED: ${words}`;
  if (delivery.state === 'sending')
    return `${what}: being sent, attempt ${delivery.attempts}${words === '' ? '' : ` after ${words}`}`;
  if (delivery.attempts === 0) return `${what}: queued`;
  return `${what}: waits ${Math.max(0, Math.ceil((delivery.dueAt - now) / 1000))} s after ${delivery.attempts} attempts: ${words}`;
}
