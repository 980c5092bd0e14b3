// The node's DICOM listener with sinks in memory: in, what a test wants to be different; out, what was received and what was logged.
import type { Admission, AssociationRequest, IncomingInstance, InstanceSink } from '../../src/contracts/association.ts';
import { DEFAULT_SCP_LIMITS, type DimseScp, type DimseScpOptions, startDimseScp } from '../../src/edge/dimse-scp.ts';
import type { EventName, Log } from '../../src/kernel/log.ts';

export type Received = { readonly incoming: IncomingInstance; readonly bytes: Buffer };
export type LoggedEvent = { readonly name: EventName; readonly fields: Readonly<Record<string, unknown>> };

/** A log that keeps its events in `events`. */
export function keepingLog(): { readonly log: Log; readonly events: LoggedEvent[] } {
  const events: LoggedEvent[] = [];
  return { events, log: (name, fields) => void events.push({ name, fields }) };
}

/** Takes every context with the first transfer syntax proposed. */
export const admitAll = async (request: AssociationRequest): Promise<Admission> => ({
  accept: true,
  contexts: request.contexts.map(({ id, transferSyntaxUids: [transferSyntaxUid] }) =>
    transferSyntaxUid === undefined ? { id, result: 4 } : { id, result: 0, transferSyntaxUid },
  ),
});

export type ReceivingScp = {
  readonly scp: DimseScp;
  readonly received: Received[];
  readonly requests: AssociationRequest[];
  readonly events: LoggedEvent[];
  /** How many sinks were aborted. */
  readonly aborted: () => number;
};

type Differences = Partial<Omit<DimseScpOptions, 'limits'>> & { readonly limits?: Partial<DimseScpOptions['limits']> };

/** Starts a listener on a free port of the loopback interface. */
export async function receivingScp(differences: Differences = {}): Promise<ReceivingScp> {
  const received: Received[] = [];
  const requests: AssociationRequest[] = [];
  const { log, events } = keepingLog();
  let aborted = 0;
  let keys = 0;
  const openInstance = async (incoming: IncomingInstance): Promise<InstanceSink> => {
    const chunks: Uint8Array[] = [];
    return {
      write: async (chunk) => void chunks.push(chunk),
      commit: async () => {
        received.push({ incoming, bytes: Buffer.concat(chunks) });
        return 0;
      },
      abort: async () => {
        aborted += 1;
      },
    };
  };
  const { limits, admit = admitAll, ...rest } = differences;
  const scp = await startDimseScp({
    host: '127.0.0.1',
    port: 0,
    tls: null,
    openInstance,
    newAssociationKey: () => `A${++keys}`,
    log,
    ...rest,
    admit: async (request) => {
      requests.push(request);
      return admit(request);
    },
    limits: { ...DEFAULT_SCP_LIMITS, lingerMs: 200, ...limits },
  });
  return { scp, received, requests, events, aborted: () => aborted };
}

/** Waits until `condition` holds. @throws when it does not within `timeoutMs`. */
export async function until(condition: () => boolean, what: string, timeoutMs = 5_000): Promise<void> {
  for (const end = performance.now() + timeoutMs; !condition(); ) {
    if (performance.now() > end) throw new Error(`Not within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
