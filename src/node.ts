// The composition root: the only file that knows every part. The order of its lines is the order of the data.
// In: a checked configuration. Out: a running node that can be stopped gently.
import { randomBytes, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { consoleAnswers } from './admin/answer.ts';
import { signIn } from './admin/sign-in.ts';
import { analyseJobs } from './analysis/analyse.ts';
import { annotationsFileOf } from './analysis/annotation-file.ts';
import { loadCatalogue } from './analysis/catalogue.ts';
import { FAMILIES } from './analysis/families.ts';
import { openDestinations } from './config/destinations.ts';
import { resolved } from './config/preflight.ts';
import type { Config } from './config/schema.ts';
import type { Destination } from './contracts/delivery.ts';
import { deliverTo } from './delivery/deliver.ts';
import { parkUnconfigured } from './delivery/unconfigured.ts';
import { storageClass } from './dicom/sop-classes.ts';
import { uidFrom } from './dicom/uids.ts';
import { startAnalyserPool } from './edge/analyser-pool.ts';
import { DEFAULT_SCP_LIMITS, startDimseScp } from './edge/dimse-scp.ts';
import { dimseSender } from './edge/dimse-scu.ts';
import { fhirSender } from './edge/fhir-client.ts';
import { startHttpServer } from './edge/http-server.ts';
import { mllpSender } from './edge/mllp-client.ts';
import { admit } from './intake/admission.ts';
import { receiver } from './intake/receive.ts';
import { neverBack, systemClock } from './kernel/clock.ts';
import { errorText, fault, isFault } from './kernel/errors.ts';
import type { Log } from './kernel/log.ts';
import { type Loop, startLoop, type Turn } from './kernel/loop.ts';
import { VERSION } from './kernel/version.ts';
import { tellNotAnalysed } from './report/not-analysed.ts';
import { capturePages, pagePicture } from './report/page-picture.ts';
import { renderJobs } from './report/render.ts';
import { retractJobs } from './report/retract.ts';
import { simplerForms } from './report/simpler-forms.ts';
import { spokenResultOf } from './report/spoken.ts';
import { studyDateTime } from './report/study-time.ts';
import { bringForward, hasLedger, openLedger } from './store/ledger.ts';
import { openSpool, type Spool } from './store/spool.ts';
import { spoolPathIsNamed } from './store/studies.ts';
import { isPasswordOf, usersReader } from './store/users.ts';
import { completeStudies } from './study/complete-studies.ts';

/** A hint wakes a loop at once; this is how long a lost hint costs. */
const IDLE_MS = 500;
const ERROR_PAUSE_MS = 2_000;
const LEASE_MS = 60_000;
/** For the associations, the job and the deliveries that are under way; what is not settled by then is taken up again at the next start. */
const STOP_GRACE_MS = 10_000;
/** For rows to be settled once the analysers are gone. */
const SETTLE_MS = 2_000;
/** A page that takes longer than this to be read is not waited for. */
const CONSOLE_GRACE_MS = 2_000;
const MIB = 2 ** 20;

/** `consolePort` is null when the console is off. */
export type RunningNode = {
  readonly dicomPort: number;
  readonly consolePort: number | null;
  readonly stop: () => Promise<void>;
};

/** Starts every part of a node; resolves once it listens. Rejects with a named fault, and leaves nothing running. */
export async function startNode(
  config: Config,
  options: { readonly baseFolder: string; readonly log: Log },
): Promise<RunningNode> {
  const { baseFolder, log } = options;
  const clock = neverBack(systemClock);
  const owner = `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`;
  const undo: (() => Promise<void>)[] = [];
  const loops: Loop[] = [];
  let closeConsole = async (): Promise<void> => undefined;
  let closeDoor = async (): Promise<void> => undefined;
  let stopAnalysers = async (): Promise<void> => undefined;
  const stop = async (): Promise<void> => {
    await closeConsole();
    const settled = Promise.all(loops.map((loop) => loop.stop()));
    await Promise.all([closeDoor(), within(settled, STOP_GRACE_MS)]);
    // A job may run for hours and a peer be silent for one: the job goes back to the queue, the delivery when its lease is found at the next start.
    await stopAnalysers();
    await within(settled, SETTLE_MS);
    for (const end of undo.splice(0).reverse()) await end();
  };

  try {
    // Memory: the spool folder and the ledger in it. One node a spool, or one would sweep what the other writes.
    const spool = await openSpool({ folder: resolved(baseFolder, config.spool.folder), minFreeMiB: config.spool.minFreeMiB });
    if (!hasLedger(spool.folder) && (await spool.holdsStudies()))
      throw fault(
        'store-failed',
        'The spool folder holds received studies, but ledger.sqlite is gone: put it back, or move the studies away.',
      );
    const db = await openLedger(spool.folder);
    undo.push(() => db.close());
    log('spool.swept', { files: await spool.sweep((spoolPath) => spoolPathIsNamed(db, spoolPath)) });
    // This process alone holds the ledger, so every lease is that of a process that died: take its work up at once.
    await bringForward(db, clock());

    // What there is to run, and where results go.
    const modelsFolder = resolved(baseFolder, config.models.folder);
    const templatesFolder = config.reports.templatesFolder === null ? null : resolved(baseFolder, config.reports.templatesFolder);
    const catalogue = await loadCatalogue(modelsFolder, config.models.use);
    const destinations = await openDestinations(config, baseFolder);
    const analysers = startAnalyserPool({
      models: config.models.use,
      modelsFolder,
      spoolFolder: spool.folder,
      annotationsFile: annotationsFileOf(templatesFolder),
      providers: config.analysis.providers,
      threadsPerChild: config.analysis.threadsPerProcess,
      jobTimeoutMs: config.analysis.timeoutSeconds * 1000,
      children: config.analysis.processes,
      log,
    });
    stopAnalysers = analysers.stop;
    const providers = await analysers.ready();

    // The loops, last stage first, so that each can wake the next one.
    const loop = (name: string, turn: Turn, lanes = 1): Loop => {
      const started = startLoop(turn, {
        idleMs: IDLE_MS,
        errorPauseMs: ERROR_PAUSE_MS,
        lanes,
        onError: (error) =>
          log('loop.failed', { loop: name, code: isFault(error) ? error.code : 'unknown', detail: errorText(error) }),
      });
      loops.push(started);
      return started;
    };
    const parts = { db, spool, clock, log, owner, leaseMs: LEASE_MS };
    const deliveries = destinations.map((destination) =>
      loop(
        `deliver ${destination.name}`,
        deliverTo(destination, {
          ...parts,
          chance: Math.random,
          sendDicom: dimseSender({ log }),
          sendHl7: mllpSender({ log }),
          sendFhir: fhirSender({ clock }),
          simplerForms: (refused, name) => simplerForms(refused, name, { spool, db }),
          onDelivered: () => undefined,
        }),
      ),
    );
    const unconfigured = loop(
      'park',
      parkUnconfigured(
        destinations.map(({ name }) => name),
        parts,
      ),
    );
    const reporting = {
      ...parts,
      destinations,
      templatesFolder,
      installation: {
        deviceUid: uidFrom('installation', config.institutionName, config.stationName, config.aeTitle),
        manufacturer: 'Sonorelay project',
        modelName: 'Sonorelay',
        institutionName: config.institutionName,
        serialNumber: config.stationName,
        softwareVersion: VERSION,
        stationName: config.stationName,
        aeTitle: config.aeTitle,
      },
      notAnalysed: config.reports.notAnalysed,
      keyImages: config.reports.keyImages,
      onRendered: () => {
        for (const delivery of [...deliveries, unconfigured]) delivery.wake();
      },
    };
    const rendering = loop('render', renderJobs(reporting));
    if (config.reports.notAnalysed) {
      const models = [...catalogue].map(([id, { manifest, digest }]) => {
        const statement = FAMILIES[manifest.family]?.statement ?? '';
        return [id, { manifest, digest, statement }] as const;
      });
      const destinationsOf = (rule: string): readonly string[] => {
        const names = rule.split(' + ');
        return config.routes.filter(({ name }) => names.includes(name)).flatMap((route) => route.destinations);
      };
      loop('not-analysed', tellNotAnalysed({ ...reporting, models: new Map(models), destinationsOf }));
    }
    loop('retract', retractJobs(reporting));
    const analysis = loop(
      'analyse',
      analyseJobs({
        ...parts,
        maxAttempts: config.analysis.mostAttempts,
        limits: {
          maxPixels: config.analysis.maxPixels,
          maxFrames: config.analysis.maxFrames,
          maxFrameBytes: config.analysis.maxPixels * 3,
        },
        analyse: analysers.analyse,
        keepCines: config.reports.captures === 'pages+cine',
        onDone: () => rendering.wake(),
      }),
      config.analysis.processes,
    );
    loop(
      'complete',
      completeStudies({
        ...parts,
        policy: { quietMs: config.study.quietSeconds * 1000, longestMs: config.study.longestSeconds * 1000 },
        listeningSince: clock(),
        rules: config.routes,
        models: [...catalogue.values()].map(({ manifest }) => ({ ...manifest, modalities: ['US'] })),
        onPlanned: () => analysis.wake(),
      }),
    );

    // The door opens last: nothing is taken that could not be kept.
    const openInstance = receiver({
      ...parts,
      maxInstanceBytes: config.dicom.maxInstanceMiB * MIB,
      onStored: () => undefined,
      onConflict: 'refuse',
    });
    const policy = {
      aeTitle: config.aeTitle,
      peers: config.peers,
      acceptAnyPeer: config.acceptAnyPeer,
      maxAssociations: config.dicom.maxAssociations,
    };
    const scp = await startDimseScp({
      host: config.dicom.host,
      port: config.dicom.port,
      tls: await serverTls(config.dicom.tls, baseFolder),
      limits: {
        ...DEFAULT_SCP_LIMITS,
        maxAssociations: config.dicom.maxAssociations,
        maxInstanceBytes: config.dicom.maxInstanceMiB * MIB,
        idleTimeoutMs: config.dicom.idleTimeoutSeconds * 1000,
      },
      // The listener has counted the association that asks.
      admit: async (request) =>
        admit(request, policy, { associations: scp.openAssociations() - 1, spoolHasRoom: await spool.hasRoom() }),
      openInstance,
      newAssociationKey: () => randomUUID().slice(0, 8),
      log,
    });
    closeDoor = () => scp.stop(STOP_GRACE_MS);

    const consoleParts = { config, baseFolder, spool, destinations, templatesFolder, log };
    const consoleServer = config.console === null ? null : await startConsole(config.console, consoleParts);
    closeConsole = async () => consoleServer?.stop();
    log('node.started', {
      aeTitle: config.aeTitle,
      dicomPort: scp.port,
      models: [...catalogue.keys()].join(' '),
      provider: [...new Set(Object.values(providers))].join(' '),
      version: VERSION,
    });
    return { dicomPort: scp.port, consolePort: consoleServer?.port ?? null, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Resolves when `work` has settled, at the latest after `mostMs`. */
async function within(work: Promise<unknown>, mostMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, mostMs);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

type ServerTls = { readonly certificate: string; readonly key: string; readonly ca: string | null };

async function serverTls(tls: Config['dicom']['tls'], baseFolder: string): Promise<ServerTls | null> {
  if (tls === null) return null;
  const read = (file: string): Promise<string> => readFile(resolved(baseFolder, file), 'utf8');
  return {
    certificate: await read(tls.certificateFile),
    key: await read(tls.keyFile),
    ca: tls.caFile === null ? null : await read(tls.caFile),
  };
}

/** Where a destination is, for people. */
const addressOf = (destination: Destination): string => {
  if (destination.kind === 'fhir') return destination.baseUrl;
  const { host, port } = destination;
  return destination.kind === 'dicom' ? `${destination.calledAeTitle} at ${host}:${port}` : `${host}:${port}`;
};

/** The pages of the node: what the ledger, the objects and the results say, for whoever signs in. Rejects with 'port-in-use'. */
async function startConsole(
  settings: NonNullable<Config['console']>,
  parts: {
    readonly config: Config;
    readonly baseFolder: string;
    readonly spool: Spool;
    readonly destinations: readonly Destination[];
    readonly templatesFolder: string | null;
    readonly log: Log;
  },
): Promise<{ readonly port: number; readonly stop: () => Promise<void> }> {
  const { config, baseFolder, spool, destinations, templatesFolder, log } = parts;
  const tls = await serverTls(settings.tls, baseFolder);
  const stylesheet = await readFile(new URL('./admin/console.css', import.meta.url), 'utf8');
  // A connection of its own, which can write nothing.
  const db = await openLedger(spool.folder, { readOnly: true });
  try {
    const server = await startHttpServer({
      host: settings.host,
      port: settings.port,
      tls,
      answer: consoleAnswers({
        db,
        clock: systemClock,
        minutesEast: (at) => -new Date(at).getTimezoneOffset(),
        aeTitle: config.aeTitle,
        version: VERSION,
        stylesheet,
        destinations: destinations.map((one) => ({
          name: one.name,
          kind: one.kind,
          address: addressOf(one),
          isTls: one.tls !== null,
        })),
        sopClassName: (uid) => storageClass(uid)?.name ?? uid,
        spoken: (job) => spokenResultOf(job, { spool, templatesFolder }),
        capturePages: (spoolPath) => capturePages(spool.absolute(spoolPath)),
        pagePicture: (spoolPath, page) => pagePicture(spool.absolute(spoolPath), page),
        studyDateTime: (spoolPath) => studyDateTime(spool.absolute(spoolPath)),
      }),
      signIn: signIn({
        users: usersReader(resolved(baseFolder, settings.usersFile)),
        isPasswordOf,
        clock: systemClock,
        key: randomBytes(32),
        pause,
      }),
      log,
    });
    log('console.started', { port: server.port, tls: tls !== null });
    const stop = async (): Promise<void> => {
      await server.stop(CONSOLE_GRACE_MS);
      await db.close();
    };
    return { port: server.port, stop };
  } catch (error) {
    await db.close();
    throw error;
  }
}
