// sonorelay phantom: a simulated examination as DICOM files with its labels beside. In: a kind and a seed. Out: a folder.
import path from 'node:path';
import { fault } from '../kernel/errors.ts';
import { bothLandmarks } from '../phantom/dvt-study.ts';
import { writeDvtStudy, writeEchoStudy, writeLegExamination, writeLungStudy } from '../phantom/write.ts';
import { parseOptions } from './arguments.ts';

const HELP = `Usage: sonorelay phantom leg|compression|lung|echo --out DIR [--seed N]

Writes a simulated examination: DICOM files, and labels.json that says what was put into them. The same seed gives the same files. The patient is invented and
says so.

  leg          leg veins: stills and a cine of the vein sections, and compression cines of the junction and the great saphenous vein of each leg
  compression  the compression cines alone
  lung         14 areas, a cine each
  echo         five views of a heart, a cine each`;

type Write = (folder: string, seed: number) => Promise<{ readonly files: readonly string[] }>;

const KINDS: Readonly<Record<string, Write>> = {
  leg: (folder, seed) => writeLegExamination(folder, { seed, compression: bothLandmarks(seed) }),
  compression: (folder, seed) => writeDvtStudy(folder, { seed }),
  lung: (folder, seed) => writeLungStudy(folder, { seed }),
  echo: (folder, seed) => writeEchoStudy(folder, { seed }),
};

export async function phantom(args: readonly string[]): Promise<number> {
  const [kind = '', ...rest] = args;
  const write = KINDS[kind];
  const values = parseOptions(
    write === undefined ? args : rest,
    { out: { type: 'string' }, seed: { type: 'string', default: '7' } },
    HELP,
  );
  if (values === null) return 0;
  if (write === undefined) throw fault('usage', `Say which kind: ${Object.keys(KINDS).join(', ')}.\n\n${HELP}`);
  const seed = Number(values['seed']);
  if (!Number.isInteger(seed) || seed < 0) throw fault('usage', `--seed takes a whole number.\n\n${HELP}`);
  if (typeof values['out'] !== 'string') throw fault('usage', `Say where to: --out DIR.\n\n${HELP}`);
  const folder = path.resolve(values['out']);
  const { files } = await write(folder, seed);
  process.stdout.write(`${files.length} files and labels.json are in ${folder}\n`);
  return 0;
}
