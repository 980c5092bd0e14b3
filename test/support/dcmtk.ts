// DCMTK's tools as peers: in, a tool and its arguments; out, what it said, or a running receiver. A missing tool fails with the line that
// installs it.
import { spawn } from 'node:child_process';
import { connect, createServer } from 'node:net';

const INSTALL = 'Install what the tests talk to with: npm run set-up';

export type ToolResult = { readonly code: number | null; readonly output: string };

/** Runs a tool to its end; both its streams are in `output`. It is killed after `timeoutMs`. */
export function runTool(tool: string, args: readonly string[], options: { timeoutMs?: number } = {}): Promise<ToolResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(tool, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: options.timeoutMs ?? 30_000,
      env: TOOL_ENVIRONMENT,
    });
    let output = '';
    const hear = (text: Buffer): void => {
      output += text.toString('latin1');
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'ENOENT' ? new Error(`${tool} is not installed. ${INSTALL}`) : error),
    );
    child.on('close', (code) => resolve({ code, output }));
  });
}

/** Without it DCMTK leaves Nagle's algorithm on and answers after the other side's delayed acknowledgement. */
const TOOL_ENVIRONMENT = { ...process.env, TCP_NODELAY: '1' };

/** A port that was free a moment ago, for tools that cannot be told to choose one. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen({ host: '127.0.0.1', port: 0 }, () => {
      const address = server.address();
      server.close(() =>
        address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });

const canConnect = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

export type RunningTool = { readonly port: number; readonly output: () => string; readonly stop: () => Promise<void> };

/** Starts a tool that listens; `args` gets the port. Resolves when it takes connections. */
export async function startTool(tool: string, args: (port: number) => readonly string[]): Promise<RunningTool> {
  const port = await freePort();
  const child = spawn(tool, args(port), { stdio: ['ignore', 'pipe', 'pipe'], env: TOOL_ENVIRONMENT });
  let output = '';
  let failure: Error | null = null;
  child.stdout.on('data', (text: Buffer) => {
    output += text.toString('latin1');
  });
  child.stderr.on('data', (text: Buffer) => {
    output += text.toString('latin1');
  });
  child.on('error', (error: NodeJS.ErrnoException) => {
    failure = error.code === 'ENOENT' ? new Error(`${tool} is not installed. ${INSTALL}`) : error;
  });
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
  });
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    if (failure === null) await ended;
  };
  for (let tries = 0; tries < 100; tries += 1) {
    if (failure !== null) throw failure;
    if (child.exitCode !== null) throw new Error(`${tool} ended with ${child.exitCode}: ${output}`);
    if (await canConnect(port)) return { port, output: () => output, stop };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await stop();
  throw new Error(`${tool} took no connection within 5 s: ${output}`);
}
