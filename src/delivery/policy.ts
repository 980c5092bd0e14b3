// What to do after an attempt to deliver: in, the outcome and how often it was tried; out, the next move. Pure.
import type { Outcome, RetryPolicy, Verdict } from '../contracts/delivery.ts';

/**
 * The pause before the next attempt in milliseconds: `firstDelayMs`, doubled with each attempt up to `longestDelayMs`, of which `chance`
 * (0 up to 1) picks between the half and the whole, so that nodes that failed together do not return together.
 */
export function delayMs(attempts: number, policy: RetryPolicy, chance: number): number {
  const whole = Math.min(policy.longestDelayMs, policy.firstDelayMs * 2 ** Math.min(Math.max(attempts - 1, 0), 40));
  return Math.round(whole * (0.5 + chance / 2));
}

/** The pause after an outcome: ours, or a longer one that the peer asks for, but never longer than `longestDelayMs`. */
export function pauseMs(
  outcome: Outcome,
  { attempts, policy, chance }: { readonly attempts: number; readonly policy: RetryPolicy; readonly chance: number },
): number {
  const asked = outcome.kind === 'accepted' ? 0 : (outcome.retryAfterMs ?? 0);
  return Math.max(delayMs(attempts, policy, chance), Math.min(asked, policy.longestDelayMs));
}

/** What is known of a delivery when it is decided on. `attempts` counts the one just made; `now` is epoch ms. */
export type Circumstances = {
  readonly attempts: number;
  readonly policy: RetryPolicy;
  readonly repeatHarmless: boolean;
  readonly now: number;
  readonly chance: number;
};

/**
 * The move after an outcome: accepted is `sent`; permanent is `refused` at once, since the same attempt fails the same way; transient is
 * `queued` again; ambiguous too, but only where a repeat is harmless, else a person decides (`parked`). The attempt number `mostAttempts`
 * is the last (0: there is no last), after it the delivery is `parked`.
 */
export function decide(outcome: Outcome, circumstances: Circumstances): Verdict {
  const { attempts, policy, repeatHarmless, now, chance } = circumstances;
  if (outcome.kind === 'accepted') return { move: 'sent' };
  if (outcome.kind === 'permanent') return { move: 'refused' };
  if (outcome.kind === 'ambiguous' && !repeatHarmless) return { move: 'parked' };
  if (policy.mostAttempts > 0 && attempts >= policy.mostAttempts) return { move: 'parked' };
  return { move: 'queued', notBefore: now + pauseMs(outcome, { attempts, policy, chance }) };
}
