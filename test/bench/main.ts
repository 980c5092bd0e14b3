// npm run bench: measurements side by side. In: what to measure. Out: figures and ratios on the terminal; no figure is asserted.
import { parseArgs } from 'node:util';
import { measureDecode } from './decode.ts';
import { measureModels } from './models.ts';
import { measureLarge, measureReceive } from './receive.ts';
import { measureResult } from './result.ts';

const HELP = `Usage: npm run bench -- [receive|result|models|decode|all] [--quick] [--rounds N] [--examinations N]

  receive  the node beside DCMTK's storescp, in turn, fed by the same dcmsend: many small stills and few large cines, from 1 and 4 senders;
           then one instance of 500 MB to the node, for the growth of its memory
  result   simulated leg examinations to a node with receivers that stand for PACS and EHR: seconds from the last image to the report
  models   every model over a simulated examination, on one and two threads: frames a second, where the time goes, peak memory
  decode   compressed cines, in one thread and in all: milliseconds a frame, and the ratio of runs in turn
  all      all of them (default)

  --quick           small data, one round: about half a minute, to see that it runs; its figures say little
  --rounds N        rounds of receive and decode, runs of models (default: 3)
  --examinations N  examinations of result (default: 3)

Run it on a machine with nothing else to do. Needs dcmsend and storescp (npm run set-up) and Linux, whose /proc gives memory and CPU time.`;

const PARTS = ['receive', 'result', 'models', 'decode', 'all'] as const;
type Part = (typeof PARTS)[number];

const partOf = (text: string): Part => {
  const part = PARTS.find((one) => one === text);
  if (part === undefined) throw new TypeError(`There is no measurement "${text}".`);
  return part;
};

const wholeNumber = (text: string, option: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 100) throw new TypeError(`${option} takes a whole number from 1 to 100.`);
  return value;
};

function optionsOf(args: readonly string[]) {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      examinations: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (positionals.length > 1) throw new TypeError('Only one measurement can be named.');
  const usual = values.quick ? '1' : '3';
  return {
    part: partOf(positionals[0] ?? 'all'),
    help: values.help,
    quick: values.quick,
    rounds: wholeNumber(values.rounds ?? usual, '--rounds'),
    examinations: wholeNumber(values.examinations ?? usual, '--examinations'),
  };
}

async function main(args: readonly string[]): Promise<number> {
  let options: ReturnType<typeof optionsOf>;
  try {
    options = optionsOf(args);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}\n`);
    return 64;
  }
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  if (options.help) {
    say(HELP);
    return 0;
  }
  if (options.quick) say('Quick: the figures below show that it runs, and little else.\n');
  const wants = (part: Part): boolean => options.part === part || options.part === 'all';
  if (wants('receive')) {
    await measureReceive({ ...options, say });
    await measureLarge({ ...options, say });
  }
  if (wants('result')) await measureResult({ ...options, say });
  if (wants('models')) await measureModels({ runs: options.rounds, say });
  if (wants('decode')) await measureDecode({ ...options, say });
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
