// The composition root: the only file that knows every part. The order of its lines is the order of the data.
// In: a checked configuration. Out: a running node that can be stopped gently.
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { analyseJobs } from './analysis/analyse.ts';
import { loadCatalogue } from './analysis/catalogue.ts';
import { openDestinations } from './config/destinations.ts';
import { resolved } from './config/preflight.ts';
import type { Config } from './config/schema.ts';
import { deliverTo } from './delivery/deliver.ts';
import { uidFrom } from './dicom/uids.ts';
import { startAnalyserPool } from './edge/analyser-pool.ts';
import { DEFAULT_SCP_LIMITS, startDimseScp } from './edge/dimse-scp.ts';
import { dimseSender } from './edge/dimse-scu.ts';
import { mllpSender } from './edge/mllp-client.ts';
import { admit } from './intake/admission.ts';
import { receiver } from './intake/receive.ts';
import { systemClock } from './kernel/clock.ts';
import { errorText, isFault } from './kernel/errors.ts';
import type { Log } from './kernel/log.ts';
import { type Loop, startLoop, type Turn } from './kernel/loop.ts';
import { VERSION } from './kernel/version.ts';
import { renderJobs } from './report/render.ts';
import { releaseJobLeases } from './store/jobs.ts';
import { openLedger } from './store/ledger.ts';
import { releaseDeliveryLeases } from './store/outbox.ts';
import { openSpool } from './store/spool.ts';
import { spoolPathIsNamed } from './store/studies.ts';
import { completeStudies } from './study/complete-studies.ts';

/** A hint wakes a loop at once; this is how long a lost hint costs. */
const IDLE_MS = 500;
const ERROR_PAUSE_MS = 2_000;
const LEASE_MS = 60_000;
const STOP_GRACE_MS = 10_000;
const MIB = 2 ** 20;

export type RunningNode = { readonly dicomPort: number; readonly stop: () => Promise<void> };

/** Starts every part of a node; resolves once it listens. Rejects with a named fault, and leaves nothing running. */
export async function startNode(
  config: Config,
  options: { readonly baseFolder: string; readonly log: Log },
): Promise<RunningNode> {
  const { baseFolder, log } = options;
  const clock = systemClock;
  const owner = `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`;
  const undo: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of undo.splice(0).reverse()) await end();
  };

  try {
    // Memory: the spool folder and the ledger in it. One node a spool, or one would sweep what the other writes.
    const spool = await openSpool({ folder: resolved(baseFolder, config.spool.folder), minFreeMiB: config.spool.minFreeMiB });
    const db = await openLedger(spool.folder);
    undo.push(() => db.close());
    log('spool.swept', { files: await spool.sweep((spoolPath) => spoolPathIsNamed(db, spoolPath)) });
    // This process alone holds the ledger, so leases of any other owner are those of a process that died: take their work up at once.
    await releaseJobLeases(db, { owner, now: clock() });

    // What there is to run, and where results go.
    const modelsFolder = resolved(baseFolder, config.models.folder);
    const catalogue = await loadCatalogue(modelsFolder, config.models.use);
    const destinations = await openDestinations(config, baseFolder);
    const analysers = startAnalyserPool({
      models: config.models.use,
      modelsFolder,
      spoolFolder: spool.folder,
      providers: config.analysis.providers,
      threadsPerChild: config.analysis.threadsPerProcess,
      jobTimeoutMs: config.analysis.timeoutSeconds * 1000,
      children: config.analysis.processes,
      log,
    });
    undo.push(async () => analysers.stop());
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
      undo.push(started.stop);
      return started;
    };
    const parts = { db, spool, clock, log, owner, leaseMs: LEASE_MS };
    for (const { name } of destinations) await releaseDeliveryLeases(db, { destination: name, owner, now: clock() });
    const deliveries = destinations.map((destination) =>
      loop(
        `deliver ${destination.name}`,
        deliverTo(destination, {
          ...parts,
          chance: Math.random,
          sendDicom: dimseSender({ log }),
          sendHl7: mllpSender({ log }),
          onDelivered: () => undefined,
        }),
      ),
    );
    const rendering = loop(
      'render',
      renderJobs({
        ...parts,
        destinations,
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
        onRendered: () => {
          for (const delivery of deliveries) delivery.wake();
        },
      }),
    );
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
      tls: await serverTls(config, baseFolder),
      limits: {
        ...DEFAULT_SCP_LIMITS,
        maxAssociations: config.dicom.maxAssociations,
        maxInstanceBytes: config.dicom.maxInstanceMiB * MIB,
        idleTimeoutMs: config.dicom.idleTimeoutSeconds * 1000,
      },
      admit: async (request) =>
        admit(request, policy, { associations: scp.openAssociations(), spoolHasRoom: await spool.hasRoom() }),
      openInstance,
      newAssociationKey: () => randomUUID().slice(0, 8),
      log,
    });
    undo.push(() => scp.stop(STOP_GRACE_MS));
    log('node.started', {
      aeTitle: config.aeTitle,
      dicomPort: scp.port,
      models: [...catalogue.keys()].join(' '),
      provider: [...new Set(Object.values(providers))].join(' '),
      version: VERSION,
    });
    return { dicomPort: scp.port, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function serverTls(
  config: Config,
  baseFolder: string,
): Promise<{ certificate: string; key: string; ca: string | null } | null> {
  const { tls } = config.dicom;
  if (tls === null) return null;
  const read = (file: string): Promise<string> => readFile(resolved(baseFolder, file), 'utf8');
  return {
    certificate: await read(tls.certificateFile),
    key: await read(tls.keyFile),
    ca: tls.caFile === null ? null : await read(tls.caFile),
  };
}
