// One analysis process. In: options and requests, one at a time. Out: answers or named faults; the process never outlives its time-out.
import { type ChildProcess, fork } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import type { AnalysisAnswer, AnalysisRequest } from '../contracts/analyser.ts';
import { errorText, type Fault, fault } from '../kernel/errors.ts';
import type { FromAnalyser, OpenedModel, ToAnalyser, UnavailableProvider } from './analyser-protocol.ts';

export type AnalyserOptions = {
  /** Ids of the models to load. */
  readonly models: readonly string[];
  readonly modelsFolder: string;
  readonly spoolFolder: string;
  /** The abbreviations of the site; the file of the project when left out. */
  readonly annotationsFile?: string;
  /** Execution providers by preference, e.g. `['cuda', 'cpu']`. */
  readonly providers: readonly string[];
  readonly threadsPerChild: number;
  /** For opening the models and for each request; then SIGKILL. */
  readonly jobTimeoutMs: number;
  /** Resident memory above which the process is killed; read from /proc, so only where that exists. */
  readonly memoryLimitMiB?: number;
};

export type Opened = { readonly models: readonly OpenedModel[]; readonly unavailable: readonly UnavailableProvider[] };

export type Analyser = {
  readonly pid: number | undefined;
  /** Resolves when the models are loaded and warm; rejects with the fault that named why not. */
  readonly opened: Promise<Opened>;
  readonly run: (request: AnalysisRequest, signal: AbortSignal) => Promise<AnalysisAnswer>;
  /** SIGKILL: native code under way cannot be asked. */
  readonly kill: (because: Fault) => void;
  /** Resolves with the cause once the process is gone. */
  readonly ended: Promise<string>;
};

const ENTRY = path.join(import.meta.dirname, 'analyser-process.ts');
const PROJECT = path.resolve(import.meta.dirname, '..', '..');
const ANNOTATIONS = path.join(PROJECT, 'templates', 'annotations.json');
const MEMORY_POLL_MS = 250;
const PAGE_BYTES = 4096;
const LONGEST_COMPLAINT = 400;

/** All that a GPU runtime needs to be found; nothing else of our environment, which may hold secrets. */
const PASSED_ON = ['LD_LIBRARY_PATH', 'CUDA_VISIBLE_DEVICES', 'CUDA_PATH', 'CUDA_HOME', 'NVIDIA_VISIBLE_DEVICES', 'TZ'];

const real = (folder: string): string => (existsSync(folder) ? realpathSync(folder) : path.resolve(folder));

/** Node's permission model: read our code, the models and the spool; write results; no processes. Native code is not held by it. */
function permissionFlags(options: AnalyserOptions): string[] {
  const readable = [path.join(PROJECT, 'src'), path.join(PROJECT, 'node_modules'), options.modelsFolder, options.spoolFolder];
  return [
    '--permission',
    '--allow-addons',
    '--allow-worker',
    ...readable.map((folder) => `--allow-fs-read=${real(folder)}${path.sep}`),
    `--allow-fs-read=${path.join(real(PROJECT), 'package.json')}`,
    `--allow-fs-read=${real(options.annotationsFile ?? ANNOTATIONS)}`,
    `--allow-fs-write=${path.join(real(options.spoolFolder), 'results')}${path.sep}`,
    '--disable-warning=SecurityWarning',
  ];
}

function forkAnalyser(options: AnalyserOptions): ChildProcess {
  const kept = PASSED_ON.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  });
  return fork(ENTRY, [], {
    execArgv: permissionFlags(options),
    env: Object.fromEntries(kept),
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    serialization: 'json',
  });
}

/** Resident memory of a process, or 0 where it cannot be read. */
function residentMiB(pid: number): number {
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
    return (pages * PAGE_BYTES) / 2 ** 20;
  } catch {
    // Not Linux, or the process is gone, which its exit tells.
    return 0;
  }
}

type Waiting = { readonly answer: (message: FromAnalyser) => void; readonly fail: (because: Fault) => void };

/** Starts a process and opens its models. */
export function startAnalyser(options: AnalyserOptions): Analyser {
  const child = forkAnalyser(options);
  let waiting: Waiting | null = null;
  let killedBecause: Fault | null = null;
  let goneBecause: Fault | null = null;
  let complaint = '';

  const kill = (because: Fault): void => {
    killedBecause ??= because;
    child.kill('SIGKILL');
  };

  /** Sends one message and waits for the one answer to it, within the time-out. */
  const converse = (message: ToAnalyser, signal: AbortSignal | null): Promise<FromAnalyser> =>
    new Promise((resolve, reject) => {
      if (goneBecause !== null) return reject(goneBecause);
      const over = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        waiting = null;
      };
      const onAbort = (): void => kill(fault('analyser-crashed', 'stopped by the node'));
      const timer = setTimeout(() => kill(fault('analyser-timeout', `after ${options.jobTimeoutMs} ms`)), options.jobTimeoutMs);
      waiting = {
        answer: (answer) => {
          over();
          if (answer.kind === 'fault') reject(fault(answer.code, answer.detail));
          else resolve(answer);
        },
        fail: (because) => {
          over();
          reject(because);
        },
      };
      signal?.addEventListener('abort', onAbort);
      if (signal?.aborted === true) onAbort();
      return void child.send(message, (error) => {
        if (error !== null) kill(fault('analyser-crashed', 'the channel is closed'));
      });
    });

  child.on('message', (message) => waiting?.answer(message as FromAnalyser));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-LONGEST_COMPLAINT);
  });

  const limitMiB = options.memoryLimitMiB;
  const watch =
    limitMiB === undefined
      ? undefined
      : setInterval(() => {
          if (child.pid !== undefined && residentMiB(child.pid) > limitMiB)
            kill(fault('analyser-crashed', `used more than ${limitMiB} MiB`));
        }, MEMORY_POLL_MS);

  let isOpen = false;
  const ended = new Promise<string>((resolve) => {
    const end = (how: string): void => {
      clearInterval(watch);
      // What a process says before it has seen any image holds no patient data; afterwards only how it ended is told.
      const said = isOpen || complaint === '' ? how : `${how}: ${complaint.trim()}`;
      goneBecause = killedBecause ?? fault('analyser-crashed', said);
      waiting?.fail(goneBecause);
      resolve(killedBecause === null ? said : killedBecause.message);
    };
    // Not once: a second one without a listener would end the node.
    child.on('error', (error) => end(errorText(error)));
    child.once('exit', (code, signal) => end(signal === null ? `exit code ${code}` : `signal ${signal}`));
  });

  const open = async (): Promise<Opened> => {
    const { models, modelsFolder, spoolFolder, annotationsFile = ANNOTATIONS, providers, threadsPerChild: threads } = options;
    const folders = { modelsFolder: real(modelsFolder), spoolFolder: real(spoolFolder), annotationsFile: real(annotationsFile) };
    const answer = await converse({ kind: 'open', models, ...folders, providers, threads }, null);
    if (answer.kind !== 'ready') throw fault('analyser-crashed', 'answered out of turn');
    isOpen = true;
    return { models: answer.models, unavailable: answer.unavailable };
  };

  const run = async (request: AnalysisRequest, signal: AbortSignal): Promise<AnalysisAnswer> => {
    const answer = await converse({ kind: 'analyse', request }, signal);
    if (answer.kind !== 'answer') throw fault('analyser-crashed', 'answered out of turn');
    return answer.answer;
  };

  return { pid: child.pid, opened: open(), run, kill, ended };
}
