// Which family says what: the one place where a result becomes statements. In: a result, its template. Out: its content. Pure.
import type { AnalysisResult } from '../contracts/finding.ts';
import type { ModelFamily } from '../contracts/model.ts';
import type { Content, Statement } from './statement.ts';
import { statementsOfEchoCmr } from './statements-echo-cmr.ts';
import { tissueStatements } from './statements-echo-tissue.ts';
import { statementsOfLungScore } from './statements-lung-score.ts';
import { statementsOfVascularDvt } from './statements-vascular-dvt.ts';
import { statementsOfVascularSec } from './statements-vascular-sec.ts';
import type { OutputTemplate } from './templates.ts';

/** Families that speak for themselves; `echo-view` only tells other models which view a cine is. */
export const speaks = (family: ModelFamily): boolean => family !== 'echo-view';

const SILENT: Content = { statements: [], ofTheRegion: false, images: new Map(), nothing: '', caveats: [], remarks: [] };

/** All that a result says. An output whose gate is off says nothing. */
export function contentOf(result: AnalysisResult, template: OutputTemplate): Content {
  switch (result.family) {
    case 'vascular-sec':
      return statementsOfVascularSec(result, template);
    case 'vascular-dvt':
      return statementsOfVascularDvt(result, template);
    case 'lung-score':
      return statementsOfLungScore(result, template);
    case 'echo-cmr':
      return statementsOfEchoCmr(result, template);
    case 'echo-view':
      return SILENT;
  }
}

/** What goes into a document of its own, marked as not reliable; mostly nothing. */
export const notReliableOf = (result: AnalysisResult, template: OutputTemplate): readonly Statement[] =>
  result.family === 'echo-cmr' && template.sr.notReliable !== null ? tissueStatements(result, template) : [];
