// A node as a process of its own, followed through its log. In: a configuration file. Out: its port, its events as they come, and its end.
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** One line of the node's log. */
export type LoggedEvent = { readonly message: string; readonly [field: string]: unknown };

export type NodeProcess = {
  readonly pid: number;
  readonly dicomPort: number;
  /** Null when the console is off. */
  readonly consolePort: number | null;
  /** Calls `listener` for every further event; returns a function that ends it. */
  readonly onEvent: (listener: (event: LoggedEvent) => void) => () => void;
  /** Resolves with the next event of that name that `fits`; rejects when the node ends or the time is over. */
  readonly waitFor: (
    name: string,
    options: { readonly timeoutMs: number; readonly fits?: (event: LoggedEvent) => boolean },
  ) => Promise<LoggedEvent>;
  /** Sends a signal and resolves with the exit code, or null after a signal, once the process is gone. */
  readonly end: (signal: 'SIGTERM' | 'SIGKILL') => Promise<number | null>;
  /** Resolves once the process is gone. */
  readonly exited: Promise<number | null>;
};

const MAIN = path.resolve(import.meta.dirname, '../main.ts');
const MOST_KEPT_LINES = 40;

/** Starts `sonorelay run --config FILE` and waits until it listens. Rejects with its last log lines when it ends before that. */
export async function startNodeProcess(configFile: string, options: { readonly timeoutMs: number }): Promise<NodeProcess> {
  const child: ChildProcess = spawn(process.execPath, [MAIN, 'run', '--config', configFile], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const listeners = new Set<(event: LoggedEvent) => void>();
  const lastLines: string[] = [];
  const exited = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));

  if (child.stderr === null) throw new Error('The node has no standard error to follow.');
  createInterface({ input: child.stderr }).on('line', (line) => {
    lastLines.push(line);
    if (lastLines.length > MOST_KEPT_LINES) lastLines.shift();
    const event = eventOf(line);
    if (event !== null) for (const listener of [...listeners]) listener(event);
  });

  const onEvent = (listener: (event: LoggedEvent) => void): (() => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
  const waitFor: NodeProcess['waitFor'] = (name, { timeoutMs, fits }) =>
    new Promise((resolve, reject) => {
      const finish = (act: () => void): void => {
        clearTimeout(timer);
        stopListening();
        act();
      };
      const timer = setTimeout(
        () => finish(() => reject(new Error(`No event ${name} within ${timeoutMs} ms. Last lines:\n${lastLines.join('\n')}`))),
        timeoutMs,
      );
      const stopListening = onEvent((event) => {
        if (event.message === name && (fits?.(event) ?? true)) finish(() => resolve(event));
      });
      void exited.then((code) =>
        finish(() => reject(new Error(`The node ended with ${code} before ${name}. Last lines:\n${lastLines.join('\n')}`))),
      );
    });
  const end: NodeProcess['end'] = (signal) => {
    child.kill(signal);
    return exited;
  };

  let consolePort: number | null = null;
  onEvent(({ message, port }) => {
    if (message === 'console.started') consolePort = Number(port);
  });
  const started = await waitFor('node.started', { timeoutMs: options.timeoutMs }).catch(async (error: unknown) => {
    child.kill('SIGKILL');
    await exited;
    throw error;
  });
  return { pid: child.pid ?? 0, dicomPort: Number(started['dicomPort']), consolePort, onEvent, waitFor, end, exited };
}

function eventOf(line: string): LoggedEvent | null {
  if (!line.startsWith('{')) return null;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && 'message' in value ? (value as LoggedEvent) : null;
  } catch {
    return null; // A line cut short by the end of the process is no event; it stays in the last lines.
  }
}
