// Progress of the demonstration in words, from the log of the node. In: its events. Out: lines on a terminal, one a step.
import type { LoggedEvent } from './node-process.ts';

export type Progress = { readonly say: (line: string) => void; readonly follow: (event: LoggedEvent) => void };

const WORDS: Readonly<Record<string, (event: LoggedEvent) => string>> = {
  'study.complete': (event) => `study ${event['study']} is complete with ${event['instances']} objects`,
  'plan.skipped': (event) => `study ${event['study']}: ${event['model']} does not run (${event['reason']})`,
  'job.started': (event) => `study ${event['study']}: ${event['model']} is looking at it`,
  'job.done': (event) =>
    `study ${event['study']}: ${event['sections']} section(s) analysed (decode ${event['decodeMs']} ms, preprocess ${event['preprocessMs']} ms, infer ${event['inferMs']} ms on ${event['provider']})`,
  'job.failed': (event) => `study ${event['study']}: attempt ${event['attempt']} failed: ${event['code']} ${event['detail']}`,
  'job.parked': (event) => `study ${event['study']}: parked: ${event['code']} ${event['detail']}`,
  'job.rendered': (event) => `study ${event['study']}: ${event['artifacts']} objects written`,
  'delivery.sent': (event) => `study ${event['study']}: ${event['kind']} is at ${event['destination']}`,
  'delivery.delayed': (event) => `study ${event['study']}: ${event['kind']} to ${event['destination']} delayed: ${event['code']}`,
};

/** Prints with the seconds since `startedAt` (ms of a monotonic clock). */
export function progress(print: (line: string) => void, elapsedMs: () => number): Progress {
  const say = (line: string): void => print(`[${(elapsedMs() / 1000).toFixed(1).padStart(5)} s] ${line}`);
  const follow = (event: LoggedEvent): void => {
    const words = WORDS[event.message];
    if (words !== undefined) say(words(event));
  };
  return { say, follow };
}
