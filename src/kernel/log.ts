// The event catalogue and the log. In: an event name and its fields. Out: one JSON line an event.
// Allow-list, not redaction: an event carries only the fields its row names, and no row names a patient, a data set or a UID.
import winston from 'winston';

export type Level = 'error' | 'warn' | 'info' | 'debug';

type EventRow = { readonly level: Level; readonly fields: readonly string[] };
const event = (level: Level, ...fields: readonly string[]): EventRow => ({ level, fields });

export const EVENTS = {
  'node.started': event('info', 'aeTitle', 'dicomPort', 'models', 'provider', 'version'),
  'node.stopping': event('info', 'because'),
  'node.stopped': event('info'),
  'association.accepted': event('info', 'association', 'callingAeTitle', 'address', 'contexts', 'tls'),
  'association.rejected': event('warn', 'association', 'callingAeTitle', 'calledAeTitle', 'address', 'because'),
  'association.ended': event('info', 'association', 'how', 'instances', 'megabytes'),
  'connection.refused': event('warn', 'address', 'because'),
  'instance.stored': event('info', 'association', 'study', 'instance', 'bytes', 'revision'),
  'instance.repeated': event('info', 'association', 'study', 'instance'),
  'instance.refused': event('warn', 'association', 'code', 'detail', 'status'),
  'study.complete': event('info', 'study', 'revision', 'instances', 'because'),
  'plan.skipped': event('info', 'study', 'revision', 'model', 'reason', 'rule'),
  'job.queued': event('info', 'study', 'job', 'model', 'revision'),
  'job.started': event('info', 'study', 'job', 'model', 'attempt'),
  'job.done': event('info', 'study', 'job', 'model', 'decodeMs', 'preprocessMs', 'inferMs', 'provider', 'sections', 'skipped'),
  'job.failed': event('warn', 'study', 'job', 'model', 'attempt', 'code', 'detail'),
  'job.parked': event('error', 'study', 'job', 'model', 'attempt', 'code', 'detail'),
  'job.rendered': event('info', 'study', 'job', 'artifacts', 'renderMs'),
  'job.retracted': event('info', 'study', 'job', 'model', 'reason', 'artifacts'),
  'delivery.sent': event('info', 'study', 'destination', 'kind', 'attempt'),
  'delivery.delayed': event('warn', 'study', 'destination', 'kind', 'attempt', 'code', 'detail', 'waitMs'),
  'delivery.parked': event('error', 'study', 'destination', 'kind', 'attempt', 'code', 'detail'),
  'acknowledgement.ignored': event('warn', 'destination', 'frames'),
  'analyser.started': event('info', 'pid', 'provider'),
  'analyser.ended': event('warn', 'pid', 'because'),
  'model.loaded': event('info', 'model', 'version', 'provider'),
  'provider.unavailable': event('info', 'provider', 'detail'),
  'console.started': event('info', 'port', 'tls'),
  'console.viewed': event('info', 'user', 'page', 'study'),
  'console.refused': event('warn', 'address', 'because'),
  'console.failed': event('error', 'page', 'code', 'detail'),
  'spool.swept': event('info', 'files'),
  'spool.low': event('error', 'freeMiB'),
  'loop.failed': event('error', 'loop', 'code', 'detail'),
} as const satisfies Record<string, EventRow>;

export type EventName = keyof typeof EVENTS;
export type FieldsOf<E extends EventName> = { readonly [F in (typeof EVENTS)[E]['fields'][number]]?: string | number | boolean };

/** Writes one event. Fields that the catalogue does not name are a type error and are dropped at run time. */
export type Log = <E extends EventName>(name: E, fields: FieldsOf<E>) => void;

const allowed = (name: EventName, fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    (EVENTS[name].fields as readonly string[])
      .filter((field) => fields[field] !== undefined)
      .map((field) => [field, fields[field]]),
  );

/** A log to standard error or a file as JSON lines, from `level` up. */
export function openLog(options: { readonly level: Level; readonly file: string | null }): {
  readonly log: Log;
  readonly close: () => Promise<void>;
} {
  const transport =
    options.file === null
      ? new winston.transports.Console({ stderrLevels: ['error', 'warn', 'info', 'debug'] })
      : new winston.transports.File({ filename: options.file });
  const logger = winston.createLogger({
    level: options.level,
    levels: { error: 0, warn: 1, info: 2, debug: 3 },
    format: winston.format.combine(winston.format.timestamp(), winston.format.json()),
    transports: [transport],
  });
  const log: Log = (name, fields) => {
    logger.log({ level: EVENTS[name].level, message: name, ...allowed(name, fields) });
  };
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      transport.once('finish', () => resolve());
      logger.end();
      setTimeout(resolve, 500).unref();
    });
  return { log, close };
}
