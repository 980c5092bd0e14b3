// ONNX Runtime behind the port of analysis. In: graph bytes and execution providers by preference. Out: a function that runs a graph.
// Only the analysis process imports this file: `session.run` blocks the event loop and native code can crash.
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import type { RunGraph, Tensor } from '../contracts/analyser.ts';
import type { GraphSpec } from '../contracts/model.ts';
import { errorText, fault, isFault } from '../kernel/errors.ts';
import { signatureProblems } from './graph-signature.ts';

export type OpenModel = {
  /** The provider that runs all graphs of the model. */
  readonly provider: string;
  readonly run: RunGraph;
  /** Providers that were tried before and why they do not run here. */
  readonly unavailable: readonly { readonly provider: string; readonly detail: string }[];
};

/** Only fatal messages: a provider that is not installed is an answer that we record, not an error on the console. */
const LOG_FATAL = 4;
const LONGEST_DETAIL = 600;
/** What ONNX Runtime says of a provider whose library is not there: no reason why a model is wrong. */
const NOT_INSTALLED = /Failed to load shared library|backend not found/i;

function runnerOf(sessions: ReadonlyMap<string, InferenceSession>): RunGraph {
  return async (graph, inputs) => {
    const session = sessions.get(graph);
    if (session === undefined) throw fault('model-invalid', `graphs.${graph}: missing`);
    const feeds = Object.fromEntries(
      Object.entries(inputs).map(([name, tensor]) => [name, new OrtTensor('float32', tensor.data, [...tensor.shape])]),
    );
    let outputs: Awaited<ReturnType<InferenceSession['run']>>;
    try {
      outputs = await session.run(feeds, { logSeverityLevel: LOG_FATAL });
    } catch (error) {
      throw fault('model-output-invalid', `${graph}: ${errorText(error).slice(0, LONGEST_DETAIL)}`, error);
    }
    const tensors: Record<string, Tensor> = {};
    for (const [name, output] of Object.entries(outputs)) {
      if (!(output.data instanceof Float32Array))
        throw fault('model-output-invalid', `${graph}.${name}: is ${output.type}, not float32`);
      tensors[name] = { shape: output.dims, data: output.data };
    }
    return tensors;
  };
}

/** ONNX Runtime begins with the place in its source, which helps nobody here and is longer than what it says. */
const withoutSource = (words: string): string =>
  words.replace(/(?:^|(?<=:))\s*\/\S*onnxruntime\/\S+:\d+ .*\) (?=[A-Z])/, ' ').trim();

/** One graph on one provider; an error names the graph, because ONNX Runtime's own words do not. */
async function openGraph(
  key: string,
  bytes: Uint8Array,
  { provider, threads }: { readonly provider: string; readonly threads: number },
): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(bytes, {
      executionProviders: [provider],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      // Threads that wait for the next run must not keep a core busy: frames are read between runs, and other processes share the machine.
      extra: { session: { intra_op: { allow_spinning: '0' } } },
      graphOptimizationLevel: 'all',
      logSeverityLevel: LOG_FATAL,
    });
  } catch (error) {
    throw new Error(`graphs.${key}: ${withoutSource(errorText(error))}`, { cause: error });
  }
}

const sameBytes = (one: Uint8Array | undefined, other: Uint8Array): boolean =>
  one !== undefined && Buffer.compare(one, other) === 0;

/** Fault `model-invalid` with everything in which graphs are not those of the manifest. */
function requireSignatures(
  stated: Readonly<Record<string, Pick<GraphSpec, 'inputs' | 'outputs'>>>,
  sessions: ReadonlyMap<string, InferenceSession>,
): void {
  const problems = [...sessions].flatMap(([key, session]) => {
    const graph = stated[key];
    return graph === undefined ? [] : signatureProblems(graph, session).map((problem) => `graphs.${key}.${problem}`);
  });
  if (problems.length > 0) throw fault('model-invalid', problems.join('; '));
}

/**
 * Opens all graphs of a model on the first provider that takes them and passes `verify`. Providers are tried one by one, each by itself,
 * because ONNX Runtime has no silent fallback: a list with a missing library fails as a whole.
 * Faults: those of `verify` on the last provider; `model-invalid` when no provider opens the graphs, or they are not as `stated`.
 */
export async function openModel(options: {
  readonly graphs: Readonly<Record<string, Uint8Array>>;
  /** The graphs as the manifest describes them. */
  readonly stated: Readonly<Record<string, Pick<GraphSpec, 'inputs' | 'outputs'>>>;
  readonly providers: readonly string[];
  readonly threads: number;
  readonly verify: (run: RunGraph) => Promise<void>;
}): Promise<OpenModel> {
  const unavailable: { readonly provider: string; readonly detail: string }[] = [];
  for (const provider of options.providers) {
    const sessions = new Map<string, InferenceSession>();
    try {
      for (const [key, bytes] of Object.entries(options.graphs)) {
        // Several graphs of a manifest may name one file: one session serves them all.
        const [twin] = [...sessions.keys()].filter((other) => sameBytes(options.graphs[other], bytes));
        const session = twin === undefined ? undefined : sessions.get(twin);
        sessions.set(key, session ?? (await openGraph(key, bytes, { provider, threads: options.threads })));
      }
      requireSignatures(options.stated, sessions);
      const run = runnerOf(sessions);
      await options.verify(run);
      return { provider, run, unavailable };
    } catch (error) {
      await Promise.all([...new Set(sessions.values())].map((session) => session.release()));
      unavailable.push({ provider, detail: errorText(error).slice(0, LONGEST_DETAIL) });
      if (isFault(error) && provider === options.providers.at(-1)) throw error;
    }
  }
  const failed = unavailable.filter(({ detail }) => !NOT_INSTALLED.test(detail));
  const told = failed.length > 0 ? failed : unavailable;
  throw fault('model-invalid', told.map(({ provider, detail }) => `${provider}: ${detail}`).join('; '));
}
