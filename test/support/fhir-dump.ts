// FHIR bundles as short texts for review. In: a bundle. Out: a line an element, codes and references on one line each, and what all observations
// have in common said once.
import type { TransactionBundle } from '../../src/fhir/resources.ts';

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const coding = (value: unknown): string =>
  isFields(value) ? `${value['code']} of ${value['system'] ?? 'no system'} "${value['display'] ?? ''}"` : '';

const hasOnly = (value: Fields, ...names: readonly string[]): boolean => Object.keys(value).every((name) => names.includes(name));

/** An element that is short enough for one line; null for one that is not. */
function short(value: unknown): string | null {
  if (!isFields(value)) return Array.isArray(value) ? null : JSON.stringify(value);
  if ('code' in value && hasOnly(value, 'system', 'code', 'display')) return coding(value);
  if (hasOnly(value, 'coding', 'text')) {
    const codings = listOf(value['coding']).map(coding);
    return [...codings, ...(value['text'] === undefined ? [] : [`text "${value['text']}"`])].join(' + ');
  }
  if ('unit' in value && hasOnly(value, 'value', 'unit', 'system', 'code')) return `${value['value']} ${value['unit']}`;
  return null;
}

function lines(path: string, value: unknown): readonly string[] {
  const one = short(value);
  if (one !== null) return [`${path}: ${one}`];
  if (Array.isArray(value)) return value.flatMap((inner, index) => lines(value.length === 1 ? path : `${path}[${index}]`, inner));
  return Object.entries(isFields(value) ? value : {}).flatMap(([name, inner]) =>
    lines(path === '' ? name : `${path}.${name}`, inner),
  );
}

/** The whole bundle; ids are kept, since they must not change unnoticed. */
export function fhirDump({ entry }: TransactionBundle): string {
  const all = entry.map(({ fullUrl, resource, request }) => ({
    title: `${request.method} ${fullUrl}`,
    isObservation: resource.resourceType === 'Observation',
    lines: lines('', resource).filter((line) => !line.startsWith('id: ')),
  }));
  const observations = all.filter(({ isObservation }) => isObservation);
  const common = new Set(observations[0]?.lines.filter((line) => observations.every((one) => one.lines.includes(line))));
  const shared = observations.length < 2 ? new Set<string>() : common;
  return [
    ...(shared.size === 0 ? [] : ['All observations', ...[...shared].map((line) => `  ${line}`), '']),
    ...all.flatMap((one) => [
      one.title,
      ...one.lines.filter((line) => !one.isObservation || !shared.has(line)).map((line) => `  ${line}`),
      '',
    ]),
  ].join('\n');
}
