// Character recognition of small crops, offline: Tesseract as WebAssembly in a worker thread, its English data from the installed package. In: a picture.
// Out: its lines. What is recognised is handed to the caller and kept nowhere.
import path from 'node:path';
import { Worker as Thread } from 'node:worker_threads';
import { createWorker, OEM, PSM, type Worker } from 'tesseract.js';
import type { ReadText } from '../contracts/analyser.ts';
import { fault } from '../kernel/errors.ts';

export type TextReader = { readonly read: ReadText; readonly close: () => Promise<void> };

const DATA = path.resolve(import.meta.dirname, '..', '..', 'node_modules', '@tesseract.js-data', 'eng', '4.0.0_best_int');
/** Labels are upper case as a rule; without the lower-case letters those would be read as others. */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/.-+:() ';
/** For opening, which a machine with other work takes its time for, and for one crop; then the thread is ended. */
const OPENING_TIME_OUT_MS = 60_000;
const TIME_OUT_MS = 20_000;
/** After so many failures in a row, one a picture at most, the recognition is left alone for a while. */
const MOST_FAILURES = 3;
const REST_MS = 10 * 60_000;

async function open(): Promise<Worker> {
  // An error handler must be there: without one the package throws out of its message listener and ends the process.
  const options = { langPath: DATA, cacheMethod: 'none', gzip: true, errorHandler: () => undefined };
  // Abbreviations are no words of a dictionary.
  const dictionaries = { load_system_dawg: '0', load_freq_dawg: '0' };
  const worker = await createWorker('eng', OEM.LSTM_ONLY, options, dictionaries);
  // Its remarks on what it sees go nowhere.
  await worker.setParameters({
    tessedit_pageseg_mode: PSM.SINGLE_LINE,
    tessedit_char_whitelist: ALPHABET,
    debug_file: '/dev/null',
    // Crops are black on white: what is read badly is not read once more with black and white exchanged.
    tessedit_do_invert: '0',
  });
  // A thread that dies must not take the job with it: what it was reading runs into the time limit.
  const thread: unknown = Reflect.get(worker, 'worker');
  if (thread instanceof Thread) thread.on('error', () => undefined);
  return worker;
}

/** The parameters of a single recognition go with its options, and are put back after it; the package's types leave them out. */
const recognise = (worker: Worker, image: Buffer, alphabet: string): ReturnType<Worker['recognize']> => {
  const options: Readonly<Record<string, string>> = alphabet === ALPHABET ? {} : { tessedit_char_whitelist: alphabet };
  return worker.recognize(image, options, { text: true });
};

/** Binary portable greymap: what the recognition reads without an encoder. */
const greymap = (rows: number, columns: number, data: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`P5\n${columns} ${rows}\n255\n`), data]);

async function inTime<T>(work: Promise<T>, mostMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(fault('text-unreadable', `after ${mostMs} ms`)), mostMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A reader whose thread starts with the first crop. Fault `text-unreadable` when the recognition cannot be opened, fails or hangs. */
export function textReader(): TextReader {
  let opening: Promise<Worker> | null = null;
  let failures = 0;
  let failedAt = 0;

  const end = async (): Promise<void> => {
    const ended = opening;
    opening = null;
    // Why it could not be opened was told to whoever asked for it.
    const worker = await ended?.catch(() => null);
    await worker?.terminate();
  };

  const read: ReadText = async ({ rows, columns, data }, alphabet = ALPHABET) => {
    if (failures >= MOST_FAILURES && performance.now() - failedAt < REST_MS) throw fault('text-unreadable', 'given up for now');
    try {
      opening ??= open();
      const worker = await inTime(opening, OPENING_TIME_OUT_MS);
      const { data: page } = await inTime(recognise(worker, greymap(rows, columns, data), alphabet), TIME_OUT_MS);
      failures = 0;
      return page.text
        .split('\n')
        .filter((line) => line.trim() !== '')
        .map((text) => ({ text, confidence: page.confidence }));
    } catch (error) {
      failures += 1;
      failedAt = performance.now();
      void end();
      // The message does not repeat that of the cause, which may quote what was recognised.
      throw fault('text-unreadable', 'the recognition failed', error);
    }
  };
  return { read, close: end };
}
