// The circuit breaker of one destination. In: outcomes of attempts. Out: until when to leave the peer alone.
// Without it every study that waits would try a peer that is down, each by its own clock.
import type { Outcome, RetryPolicy } from '../contracts/delivery.ts';
import type { FaultCode } from '../kernel/errors.ts';
import { pauseMs } from './policy.ts';

/** Faults that say something of the peer as a whole, not of one object or message. */
const OF_THE_PEER: ReadonlySet<string> = new Set<FaultCode>([
  'peer-unreachable',
  'peer-silent',
  'association-aborted',
  'association-rejected-transient',
  'fhir-busy',
]);

const isOfThePeer = (outcome: Outcome): boolean => outcome.kind !== 'accepted' && OF_THE_PEER.has(outcome.code);

/** Held in memory only: after a restart the first attempt finds out anew. */
export type Breaker = {
  /** Epoch ms; 0 when the peer may be tried. */
  readonly pausedUntil: () => number;
  /** Takes the outcomes of one association or message. A peer that took or refused anything is there: the pause ends. */
  readonly note: (outcomes: readonly Outcome[], at: { readonly now: number; readonly chance: number }) => void;
};

/** A breaker whose pauses grow like the delays of `policy`, by the number of failures in a row. */
export function breaker(policy: RetryPolicy): Breaker {
  let failures = 0;
  let until = 0;
  const note: Breaker['note'] = (outcomes, { now, chance }) => {
    const down = outcomes.length > 0 && outcomes.every(isOfThePeer);
    failures = down ? failures + 1 : 0;
    const pauses = outcomes.map((outcome) => pauseMs(outcome, { attempts: failures, policy, chance }));
    until = down ? now + Math.max(...pauses) : 0;
  };
  return { pausedUntil: () => until, note };
}
