// Bundles as bytes and back. In: a bundle. Out: JSON as R4 wants it (json.html: no empty texts, lists or objects), the same for the same bundle. Pure.
import type { TransactionBundle } from './resources.ts';

/** Null where nothing is left. */
function pruned(value: unknown): unknown {
  if (typeof value === 'string') return value === '' ? null : value;
  if (Array.isArray(value)) {
    const kept = value.map(pruned).filter((one) => one !== null);
    return kept.length === 0 ? null : kept;
  }
  if (typeof value !== 'object' || value === null) return value ?? null;
  const kept = Object.entries(value).flatMap(([name, inner]) => {
    const one = pruned(inner);
    return one === null ? [] : [[name, one] as const];
  });
  return kept.length === 0 ? null : Object.fromEntries(kept);
}

/** The text that is stored and sent. */
export const bundleText = (bundle: TransactionBundle): string => `${JSON.stringify(pruned(bundle), null, 1)}\n`;

/** A text that `bundleText` wrote. Throws SyntaxError for one that is no JSON. */
export const readBundle = (text: string): TransactionBundle => JSON.parse(text) as TransactionBundle;
