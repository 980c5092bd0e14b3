#!/usr/bin/env node
// Process entry. In: the command line. Out: an exit code: 0 done, 64 not understood, 65 input unusable, 69 not available, 70 a fault of ours,
// 78 not configured rightly, 130 stopped by Ctrl-C.
import { FAULTS, type FaultRow, isFault } from './kernel/errors.ts';
import { VERSION } from './kernel/version.ts';

type Command = { readonly summary: string; readonly run: () => Promise<(args: readonly string[]) => Promise<number>> };

const COMMANDS: Readonly<Record<string, Command>> = {
  run: { summary: 'run the node', run: async () => (await import('./commands/run.ts')).run },
  check: {
    summary: 'check a configuration and all it names; print every problem by path',
    run: async () => (await import('./commands/check.ts')).check,
  },
  status: { summary: 'show where each study stands', run: async () => (await import('./commands/status.ts')).status },
  retry: { summary: 'take up again what was parked or refused', run: async () => (await import('./commands/retry.ts')).retry },
  reanalyse: {
    summary: 'plan complete studies anew, after a model got a new version',
    run: async () => (await import('./commands/reanalyse.ts')).reanalyse,
  },
  retract: { summary: 'take results back at PACS and EHR', run: async () => (await import('./commands/retract.ts')).retract },
  look: {
    summary: 'show what the node sees in one file',
    run: async () => (await import('./commands/look.ts')).look,
  },
  models: { summary: 'list, check or add models', run: async () => (await import('./commands/models.ts')).models },
  phantom: { summary: 'write a simulated examination', run: async () => (await import('./commands/phantom.ts')).phantom },
  evaluate: {
    summary: 'run a model over labelled studies and print the tables of the papers',
    run: async () => (await import('./commands/evaluate.ts')).evaluate,
  },
  console: {
    summary: 'say who may open the console in a browser',
    run: async () => (await import('./commands/console.ts')).manageConsole,
  },
  demo: {
    summary: 'send simulated examinations through a node of its own and show what comes back',
    run: async () => (await import('./demo/demo.ts')).demo,
  },
};

const HELP = [
  'sonorelay: a DICOM router node for ultrasound',
  '',
  'Usage: sonorelay COMMAND [options]',
  '',
  ...Object.entries(COMMANDS).map(([name, command]) => `  ${name.padEnd(9)} ${command.summary}`),
  '',
  'sonorelay COMMAND --help says more. The configuration is config/sonorelay.yaml unless --config FILE says otherwise.',
].join('\n');

async function main(argv: readonly string[]): Promise<number> {
  const [name, ...args] = argv;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(`${HELP}\n`);
    return name === undefined ? 64 : 0;
  }
  if (name === '--version') {
    process.stdout.write(`${VERSION}\n`);
    return 0;
  }
  const command = COMMANDS[name];
  if (command === undefined) {
    process.stderr.write(`sonorelay: there is no command "${name}".\n\n${HELP}\n`);
    return 64;
  }
  return (await command.run())(args);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const row: FaultRow | null = isFault(error) ? FAULTS[error.code] : null;
  process.stderr.write(`sonorelay: ${error instanceof Error ? (row === null ? error.stack : error.message) : String(error)}\n`);
  process.exitCode = row?.exitCode ?? 70;
}
