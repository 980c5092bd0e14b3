// A secret from a person: typed at a terminal without being shown, or the first line of standard input. Never from the command line, which everybody can list.
import { fault } from '../kernel/errors.ts';

const ENTER = new Set(['\r', '\n']);
const ERASE = new Set(['\u007f', '\b']);
const CTRL_C = '\u0003';
const CTRL_D = '\u0004';

/** Resolves with the secret without its line end. Fault 'console-user-refused' when there is none, it is longer than `mostBytes`, or the person gave up. */
export async function readSecret(prompt: string, mostBytes: number): Promise<string> {
  const secret = process.stdin.isTTY ? await typed(prompt) : await firstLine(mostBytes);
  if (secret === '') throw fault('console-user-refused', 'There is no password.');
  if (Buffer.byteLength(secret) > mostBytes)
    throw fault('console-user-refused', `The password is longer than ${mostBytes} bytes.`);
  return secret;
}

function typed(prompt: string): Promise<string> {
  const { stdin, stderr } = process;
  stderr.write(prompt);
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  return new Promise((resolve, reject) => {
    let characters: string[] = [];
    const end = (settle: () => void): void => {
      stdin.off('data', take);
      stdin.setRawMode(false);
      stdin.pause();
      stderr.write('\n');
      settle();
    };
    const take = (chunk: string): void => {
      for (const character of chunk) {
        const isGivenUp = character === CTRL_C || character === CTRL_D;
        if (isGivenUp) end(() => reject(fault('console-user-refused', 'It was given up.')));
        else if (ENTER.has(character)) end(() => resolve(characters.join('')));
        if (isGivenUp || ENTER.has(character)) return;
        if (ERASE.has(character)) characters = characters.slice(0, -1);
        else characters.push(character);
      }
    };
    stdin.on('data', take);
    stdin.resume();
  });
}

async function firstLine(mostBytes: number): Promise<string> {
  let text = '';
  process.stdin.setEncoding('utf8');
  for await (const chunk of process.stdin) {
    text += String(chunk);
    if (text.includes('\n') || Buffer.byteLength(text) > mostBytes + 2) break;
  }
  return text.split(/\r?\n/u)[0] ?? '';
}
