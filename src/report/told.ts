// What of a result may be told at all. In: a result. Out: the same without the parts whose output is off, for all that is written from it. Pure.
import type { AnalysisResult } from '../contracts/finding.ts';
import { isTold } from './words.ts';

/** The statement of a view has an output of its own (`wma-a4c`); what is said over all views is the statement of the model. */
export function told(result: AnalysisResult): AnalysisResult {
  if (result.family !== 'echo-cmr') return result;
  const views = result.views.filter(({ view }) => isTold(result.run, `wma-${view.toLowerCase()}`));
  return { ...result, views };
}
