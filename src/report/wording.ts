// What an output says as a whole, in sentences. In: a result or its content, the template. Out: lines of text. Pure.
import type { AnalysisResult } from '../contracts/finding.ts';
import type { Content, Statement } from './statement.ts';
import { contentOf } from './statements.ts';
import type { OutputTemplate } from './templates.ts';
import { authorSentence, capitalised, noticeText } from './words.ts';

/** One sentence a statement; when there is none the text says so, because silence must not be read as a negative. */
const sentencesOf = ({ statements, nothing }: Content): readonly string[] =>
  statements.length > 0 ? statements.map(({ sentence }) => sentence) : [nothing];

/** The sentences of a result, one a line. */
export const statementLines = (result: AnalysisResult, template: OutputTemplate): readonly string[] =>
  sentencesOf(contentOf(result, template));

/** All that is to be read together: notice, statements, caveats, what they are not about, author. One line each. */
export function impressionLines(result: AnalysisResult, template: OutputTemplate): readonly string[] {
  const content = contentOf(result, template);
  return [
    noticeText(result.run, template),
    ...sentencesOf(content),
    ...content.caveats,
    template.scope,
    authorSentence(result.run),
  ];
}

/** Notes of the statements, each said once with the places it is about. */
export function noteLines(statements: readonly Pick<Statement, 'place' | 'notes' | 'ofTheWhole'>[]): readonly string[] {
  const places = new Map<string, string[]>();
  for (const { place, notes } of statements) for (const note of notes) places.set(note, [...(places.get(note) ?? []), place]);
  const single = statements.filter(({ ofTheWhole }) => !ofTheWhole).map(({ place }) => place);
  return [...places].map(([note, names]) =>
    single.length > 1 && single.every((place) => names.includes(place))
      ? `All sites: ${note}`
      : `${capitalised(names.join('; '))}: ${note}`,
  );
}
