// What other programs read of our files: the commands of report-read.py, and the texts of DCMTK. In: files. Out: JSON, text.
import path from 'node:path';
import { runTool } from './dcmtk.ts';

const READER = path.resolve(import.meta.dirname, 'report-read.py');

// DCMTK 3.6.7 says so of every data set in UTF-8; it then leaves the check of the values' characters out.
const HARMLESS = /^W: The VR checker does not support this Specific Character Set: ISO_IR 192\n/gmu;

/** The output of a tool as UTF-8, without what is harmless. */
export const utf8 = (output: string): string => Buffer.from(output, 'latin1').toString('utf8').replace(HARMLESS, '');

/** What a command of `report-read.py` prints. */
export async function readBy<T = Readonly<Record<string, unknown>>>(command: string, ...args: readonly string[]): Promise<T> {
  const { code, output } = await runTool('/usr/bin/python3', ['-W', 'ignore', READER, command, ...args]);
  if (code !== 0) throw new Error(utf8(output));
  return JSON.parse(utf8(output)) as T;
}
