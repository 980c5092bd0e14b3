// sonorelay demo: a node, a PACS and an EHR on free ports of this machine, examinations through real sockets, and what came back.
// In: options. Out: a folder with everything, a table on the terminal, exit code 0 when every result arrived.
import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseOptions } from '../commands/arguments.ts';
import { tableText } from '../commands/table.ts';
import { fault } from '../kernel/errors.ts';
import { percent } from '../report/words.ts';
import { isSettled, openLedger } from '../store/ledger.ts';
import { type StudyOverview, studyOverviews } from '../store/overview.ts';
import { putUser } from '../store/users.ts';
import { type CameBack, readCameBack } from './came-back.ts';
import { EXAMINATION_KINDS, type Examination } from './examinations.ts';
import { type NodeProcess, startNodeProcess } from './node-process.ts';
import { progress } from './progress.ts';
import { PACS_AE_TITLE, startEhr, startPacs } from './receivers.ts';
import { dicomFiles, MODALITY_AE_TITLE, send, type Unsendable } from './sending.ts';
import { simulated } from './simulation.ts';

const HELP = `Usage: npm run demo -- [--out DIR] [--input FOLDER] [--seed N] [--exit]

Starts a node with the embedded defaults, a receiver that stands for the PACS and one that stands for the EHR, all on free ports of this machine;
sends simulated examinations of leg veins, lungs and heart (or the DICOM files of --input FOLDER) and shows what comes back.

  --out DIR       where everything is put; made when missing, pacs/ ehr/ sent/ and node/ in it are replaced (default: demo-out)
  --input FOLDER  send the DICOM files below this folder instead of simulated examinations
  --seed N        other simulated patients (default: 7)
  --exit          end when the results are there; without it the node stays up for more, with its console on, until Ctrl-C`;

const QUIET_SECONDS = 2;
const SETTLE_TIMEOUT_MS = 15 * 60_000;
const CONSOLE_USER = 'demo';
const USERS_FILE = 'console-users.json';
const MODELS = ['vascular-sec', 'vascular-dvt', 'lung-score', 'echo-cmr'];

export async function demo(args: readonly string[]): Promise<number> {
  const values = parseOptions(
    args,
    {
      out: { type: 'string', default: 'demo-out' },
      input: { type: 'string' },
      seed: { type: 'string', default: '7' },
      exit: { type: 'boolean' },
    },
    HELP,
  );
  if (values === null) return 0;
  const seed = Number(values['seed']);
  if (!Number.isInteger(seed) || seed < 0) throw fault('usage', `--seed takes a whole number.\n\n${HELP}`);
  const folder = path.resolve(String(values['out']));
  const begun = performance.now();
  const { say, follow } = progress(
    (line) => void process.stdout.write(`${line}\n`),
    () => performance.now() - begun,
  );

  for (const part of ['pacs', 'ehr', 'sent', 'node']) {
    await rm(path.join(folder, part), { recursive: true, force: true });
    if (part !== 'sent') await mkdir(path.join(folder, part), { recursive: true });
  }
  const pacs = await startPacs(path.join(folder, 'pacs'));
  const ehr = await startEhr(path.join(folder, 'ehr'));
  let node: NodeProcess | null = null;
  try {
    say(`a receiver stands for the PACS at port ${pacs.port}, another for the EHR at port ${ehr.port}`);
    const staysUp = values['exit'] !== true;
    const configFile = await writeConfiguration(folder, { pacsPort: pacs.port, ehrPort: ehr.port, console: staysUp });
    const password = staysUp ? await letIn(folder) : '';
    const starting = startNodeProcess(configFile, { timeoutMs: 120_000 });
    // A simulation is under way while the node starts; one that fails before it is waited for must not end the process.
    const prepared = preparing(folder, { from: values['input'], seed, say });
    for (const one of prepared) one.catch(() => undefined);
    node = await starting;
    node.onEvent(follow);
    say(`the node listens as SONORELAY at port ${node.dicomPort}`);

    const examinations: Examination[] = [];
    const sent: { accepted: number; refused: Unsendable[] } = { accepted: 0, refused: [] };
    for (const next of prepared) {
      const { items, others, examination } = await next;
      for (const other of others) say(`not sent: ${other.file}: ${other.because}`);
      if (items.length === 0) throw fault('usage', `There is no DICOM file to send below ${String(values['input'])}.`);
      if (examination !== null) examinations.push(examination);
      say(`sending ${items.length} objects${examination === null ? '' : ` of a simulated ${examination.kind} examination`}`);
      const { accepted, refused } = await send(items, node.dicomPort, 'SONORELAY');
      say(`${accepted} objects accepted`);
      for (const one of refused) say(`refused: ${one.file}: ${one.because}`);
      sent.accepted += accepted;
      sent.refused.push(...refused);
    }
    const lastSentAt = performance.now();

    const overviews = await settled(path.join(folder, 'node', 'spool'), node);
    const secondsToResults = (performance.now() - lastSentAt) / 1000;
    const cameBack = await readCameBack(folder);
    await writeFile(
      path.join(folder, 'summary.json'),
      `${JSON.stringify(summaryOf({ overviews, cameBack, sent, examinations, secondsToResults, folder }), null, 2)}\n`,
    );
    process.stdout.write(`\n${report({ overviews, cameBack, examinations, secondsToResults, folder })}\n`);
    const complete = overviews.every(
      ({ deliveries, jobs }) =>
        deliveries.every(({ state }) => state === 'sent') && jobs.every(({ state }) => state !== 'parked'),
    );

    if (staysUp) {
      process.stdout.write(
        `\nThe node stays up: send more to SONORELAY at 127.0.0.1:${node.dicomPort} as ${MODALITY_AE_TITLE}. Ctrl-C ends it.\n` +
          `Its console: http://127.0.0.1:${node.consolePort}/ name ${CONSOLE_USER}, password ${password}\n`,
      );
      await new Promise<void>((resolve) => {
        process.once('SIGINT', resolve);
        process.once('SIGTERM', resolve);
      });
    }
    return complete ? 0 : 1;
  } finally {
    await node?.end('SIGTERM');
    await pacs.stop();
    await ehr.stop();
  }
}

/** Lets one user open the console, with a password made for this run. */
async function letIn(folder: string): Promise<string> {
  const password = randomBytes(12).toString('base64url');
  await putUser(path.join(folder, 'node', USERS_FILE), CONSOLE_USER, password);
  return password;
}

/** The embedded defaults, with free ports and a short quiet time. */
async function writeConfiguration(
  folder: string,
  ports: { readonly pacsPort: number; readonly ehrPort: number; readonly console: boolean },
): Promise<string> {
  const file = path.join(folder, 'node', 'sonorelay.yaml');
  const lines = [
    'aeTitle: SONORELAY',
    'spool: { folder: spool, minFreeMiB: 256 }',
    'dicom: { host: 127.0.0.1, port: 0 }',
    ...(ports.console ? [`console: { port: 0, usersFile: ${USERS_FILE} }`] : []),
    `peers: [{ aeTitle: ${MODALITY_AE_TITLE}, addresses: [127.0.0.1] }]`,
    `study: { quietSeconds: ${QUIET_SECONDS} }`,
    `models: { folder: ${JSON.stringify(path.resolve(import.meta.dirname, '../../models'))}, use: [${MODELS.join(', ')}] }`,
    'routes:',
    '  - { name: leg-veins, when: { modality: "^US$", studyDescription: "VENOUS|VEIN|LEG" }, models: [vascular-sec, vascular-dvt], destinations: [pacs, ehr] }',
    '  - { name: lungs, when: { modality: "^US$", studyDescription: "LUNG" }, models: [lung-score], destinations: [pacs, ehr] }',
    '  - { name: heart, when: { modality: "^US$", studyDescription: "ECHO|HEART|CARDIAC" }, models: [echo-cmr], destinations: [pacs, ehr] }',
    `  - { name: other-ultrasound, when: { modality: "^US$" }, models: [${MODELS.join(', ')}], destinations: [pacs, ehr] }`,
    'destinations:',
    `  - { name: pacs, kind: dicom, host: 127.0.0.1, port: ${ports.pacsPort}, calledAeTitle: ${PACS_AE_TITLE} }`,
    `  - { name: ehr, kind: hl7, host: 127.0.0.1, port: ${ports.ehrPort}, receivingApplication: EHR }`,
    '',
  ];
  await writeFile(file, lines.join('\n'));
  return file;
}

/** What is to be sent, in the order of sending: the files of the user's folder, or the simulated examinations. */
function preparing(
  folder: string,
  options: { readonly from: string | boolean | undefined; readonly seed: number; readonly say: (line: string) => void },
) {
  const { from, seed, say } = options;
  if (typeof from === 'string')
    return [dicomFiles(path.resolve(from)).then((found) => ({ ...found, examination: null as Examination | null }))];
  say(`simulating examinations of ${EXAMINATION_KINDS.join(', ')}`);
  return EXAMINATION_KINDS.map(async (kind, index) => {
    // A patient each.
    const examination: Examination | null = await simulated(kind, path.join(folder, 'sent'), seed + index);
    return { ...(await dicomFiles(examination.folder)), examination };
  });
}

/** Looks at the ledger until nothing more happens of itself. */
async function settled(spoolFolder: string, node: NodeProcess): Promise<readonly StudyOverview[]> {
  let gone = false;
  void node.exited.then(() => {
    gone = true;
  });
  const deadline = performance.now() + SETTLE_TIMEOUT_MS;
  const db = await openLedger(spoolFolder, { readOnly: true });
  try {
    for (;;) {
      const overviews = await studyOverviews(db, { limit: 10_000 });
      if (overviews.length > 0 && isSettled(overviews)) return overviews;
      if (gone) throw fault('analyser-crashed', 'The node of the demonstration ended early.');
      if (performance.now() > deadline) throw fault('peer-silent', 'The results did not come in time.');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  } finally {
    await db.close();
  }
}

type Came = {
  readonly overviews: readonly StudyOverview[];
  readonly cameBack: CameBack;
  /** What was simulated; empty for real input. */
  readonly examinations: readonly Examination[];
  readonly secondsToResults: number;
  readonly folder: string;
};

/** What the simulation put into what a statement is about; empty for real input. */
const truthOf = (studyInstanceUid: string, trackingIdentifier: string, examinations: readonly Examination[]): string =>
  examinations.find((one) => one.studyInstanceUid === studyInstanceUid)?.truths[trackingIdentifier] ?? '';

function report(came: Came): string {
  const { cameBack, examinations } = came;
  const isSimulated = examinations.length > 0;
  const inOrder = cameBack.reports.toSorted((one, other) => one.accessionNumber.localeCompare(other.accessionNumber));
  const rows = inOrder.flatMap((received) =>
    received.findings.map((finding) => [
      received.accessionNumber,
      finding.trackingIdentifier,
      `${finding.laterality} ${finding.site}`.trim(),
      finding.finding,
      finding.answer,
      finding.certaintyPercent === null ? '' : `${percent(finding.certaintyPercent / 100)} %`,
      ...(isSimulated ? [truthOf(received.studyInstanceUid, finding.trackingIdentifier, examinations)] : []),
    ]),
  );
  const notRun = came.overviews.flatMap(({ study, jobs }) =>
    jobs
      // That a leg is nothing for the lung model is no news; that a model could not run where it was meant to is.
      .filter((job) => job.state === 'parked' || (job.state === 'skipped' && job.reason !== 'no-rule-matches'))
      .map((job) => `  ${study.accessionNumber || study.studyInstanceUid}: ${job.modelId}: ${job.state}: ${job.detail}`),
  );
  return [
    'Findings, from the Structured Reports as the PACS got them. Reference weights, trained on simulated images: no clinical evidence.',
    '',
    rows.length === 0
      ? '(no section could be analysed)'
      : tableText(
          ['Accession', 'Statement', 'Site', 'Finding', 'Answer', 'Certainty', ...(isSimulated ? ['Simulated as'] : [])],
          rows,
        ),
    ...(notRun.length === 0 ? [] : ['', 'Not analysed:', ...notRun]),
    ...cameBack.messages
      .slice(0, 1)
      .flatMap(({ text: message }) => ['', 'The HL7 message, as the EHR got it:', '', message.replaceAll('\r', '\n').trimEnd()]),
    ...(cameBack.messages.length > 1 ? [`(and ${cameBack.messages.length - 1} more)`] : []),
    '',
    `${came.secondsToResults.toFixed(1)} s from the last object to the last result, ${QUIET_SECONDS} s of them quiet time.`,
    `Everything is in ${came.folder}:`,
    `  pacs/  ${cameBack.reports.length} report(s) as .dcm and .html, ${cameBack.pictures.length} attention picture(s) as .png, cines as .webp`,
    `  ehr/   ${cameBack.messages.length} HL7 message(s)`,
    ...(isSimulated ? ['  sent/  the simulated examinations, and what was put into them'] : []),
    '  summary.json',
  ].join('\n');
}

function summaryOf(
  came: Came & {
    readonly sent: {
      readonly accepted: number;
      readonly refused: readonly { readonly file: string; readonly because: string }[];
    };
  },
): unknown {
  const relative = (file: string): string => path.relative(came.folder, file);
  return {
    notice: 'Reference weights, trained on simulated images. Research use only. Not for diagnosis.',
    objectsAccepted: came.sent.accepted,
    objectsRefused: came.sent.refused.map(({ file, because }) => ({ file: path.basename(file), because })),
    secondsToResults: Number(came.secondsToResults.toFixed(3)),
    quietSeconds: QUIET_SECONDS,
    studies: came.overviews,
    reports: came.cameBack.reports.map((received) => ({
      file: relative(received.file),
      html: relative(received.html),
      studyInstanceUid: received.studyInstanceUid,
      findings: received.findings.map((finding) =>
        came.examinations.length === 0
          ? finding
          : { ...finding, simulatedAs: truthOf(received.studyInstanceUid, finding.trackingIdentifier, came.examinations) },
      ),
    })),
    pictures: came.cameBack.pictures.map(relative),
    messages: came.cameBack.messages.map(({ file }) => relative(file)),
  };
}
