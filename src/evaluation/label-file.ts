// A labels file, whatever family it is of. In: its JSON and how one study is read. Out: the truths of its studies, or a Fault that names every problem by path.
import { fault } from '../kernel/errors.ts';

/** An object of the file, its fields not yet checked. */
export type Row = Readonly<Record<string, unknown>>;

const MOST_PROBLEMS_TOLD = 10;

export const isRow = (value: unknown): value is Row => typeof value === 'object' && value !== null && !Array.isArray(value);
export const isUid = (value: unknown): value is string => typeof value === 'string' && /^[0-9.]{1,64}$/.test(value);

/**
 * The object of one study, or a list of them, each read by `studyTruth`, which adds what is wrong to `problems` as `where: message`.
 * Fault `evaluation-data-invalid`.
 */
export function parseStudies<T>(
  json: unknown,
  file: string,
  studyTruth: (row: Row, where: string, problems: string[]) => T,
): readonly T[] {
  const problems: string[] = [];
  const list: readonly unknown[] = Array.isArray(json) ? json : [json];
  const truths = list.flatMap((entry, index) => {
    const where = Array.isArray(json) ? `[${index}]` : 'labels';
    if (isRow(entry)) return [studyTruth(entry, where, problems)];
    problems.push(`${where}: must be an object`);
    return [];
  });
  if (problems.length === 0) return truths;
  const more = problems.length > MOST_PROBLEMS_TOLD ? [`and ${problems.length - MOST_PROBLEMS_TOLD} more`] : [];
  throw fault('evaluation-data-invalid', `${file}: ${[...problems.slice(0, MOST_PROBLEMS_TOLD), ...more].join('; ')}`);
}
