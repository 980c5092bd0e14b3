// A result in the sentences of its report, for people who look at the node. In: a job with its result in the spool. Out: sentences, each with whether it is sent.
import type { SpokenFinding, SpokenResult } from '../contracts/console.ts';
import type { AnalysisResult } from '../contracts/finding.ts';
import type { Job } from '../contracts/job.ts';
import type { Spool } from '../store/spool.ts';
import type { Statement } from './statement.ts';
import { contentOf, notReliableOf } from './statements.ts';
import { type OutputTemplate, openTemplate } from './templates.ts';
import { told } from './told.ts';
import { gateOf } from './words.ts';

const findingOf = ({ sentence, positive, stated, notes }: Statement, isSent: boolean): SpokenFinding => ({
  sentence,
  positive,
  stated,
  isSent,
  notes,
});

/** The same result as if no output were off. */
function allOn(result: AnalysisResult): AnalysisResult {
  const on = <T extends { readonly reporting: string }>(output: T) =>
    output.reporting === 'off' ? ({ ...output, reporting: 'research' } as const) : output;
  const { run } = result;
  return { ...result, run: { ...run, statement: on(run.statement), outputs: run.outputs.map(on) } };
}

const statementsOf = (result: AnalysisResult, template: OutputTemplate): readonly Statement[] => [
  ...contentOf(result, template).statements,
  ...notReliableOf(result, template),
];

/** What a result says. What an output that is off would say comes last, marked as not sent. Pure. */
function spokenResult(result: AnalysisResult, template: OutputTemplate): SpokenResult {
  const { run } = result;
  const isTold = run.statement.reporting !== 'off';
  const content = contentOf(told(result), template);
  const sent = isTold ? statementsOf(told(result), template) : [];
  const keys = new Set(sent.map(({ key }) => key));
  const kept = statementsOf(allOn(result), template).filter(({ key }) => !keys.has(key));
  return {
    family: result.family,
    modelName: run.modelName,
    notice: run.notice,
    isResearch: gateOf(run) === 'research',
    findings: [...sent.map((one) => findingOf(one, true)), ...kept.map((one) => findingOf(one, false))],
    nothing: sent.length === 0 ? content.nothing : '',
    remarks: [...content.caveats, ...content.remarks],
  };
}

/** What the result of a job says; null when it has none yet. Rejects when it cannot be read. */
export async function spokenResultOf(
  job: Pick<Job, 'modelId' | 'resultPath'>,
  parts: { readonly spool: Pick<Spool, 'readFile'>; readonly templatesFolder: string | null },
): Promise<SpokenResult | null> {
  if (job.resultPath === null) return null;
  const result = JSON.parse((await parts.spool.readFile(job.resultPath)).toString('utf8')) as AnalysisResult;
  const template = await openTemplate({ id: job.modelId, family: result.run.modelFamily }, parts.templatesFolder);
  return spokenResult(result, template);
}
