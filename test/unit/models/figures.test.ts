// Cards and manifests of the reference weights against the measured figures: the words around the figures are the exporting programs', run again here.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';

const PYTHON = '/usr/bin/python3';
const ROOT = path.resolve(import.meta.dirname, '../../..');
const read = (id: string, file: string): string => readFileSync(path.join(ROOT, 'models', id, file), 'utf8');

type Made = Readonly<
  Record<
    string,
    {
      readonly manifest: unknown;
      readonly card: string;
      readonly parameters?: number;
      readonly multiplyAdds?: readonly number[];
    }
  >
>;

function madeAnew(): Made {
  const program = path.join(ROOT, 'test/support/model-texts.py');
  try {
    return JSON.parse(execFileSync(PYTHON, ['-W', 'ignore', program], { encoding: 'utf8', stdio: 'pipe', timeout: 120_000 }));
  } catch (error) {
    const told = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
    if (!existsSync(PYTHON) || /No module named/.test(told))
      throw new Error('python3-torch, python3-onnx and python3-sklearn are needed for this test: npm run set-up', {
        cause: error,
      });
    throw error;
  }
}

let made: Made;
beforeAll(() => {
  made = madeAnew();
}, 120_000);

describe.each(['vascular-sec', 'vascular-dvt', 'lung-score', 'echo-view', 'echo-cmr'])('what is said of %s', (id) => {
  test('every figure of the card is one of metrics.json', () => {
    expect(read(id, 'CARD.md')).toBe(made[id]?.card);
  });

  test('every figure and threshold of the manifest is one of metrics.json', () => {
    expect(JSON.parse(read(id, 'manifest.json'))).toEqual(made[id]?.manifest);
  });
});

test.each([
  ['vascular-sec', 23_564_800],
  ['vascular-dvt', 860_964],
  ['echo-cmr', 31_300_125],
])('the network of %s has the parameters of its source, and the card says so', (id, count) => {
  expect(made[id]?.parameters).toBe(count);
  expect(read(id, 'CARD.md')).toContain(`${count.toLocaleString('en')} parameters`);
});

test('what an answer of vascular-dvt costs is counted from its layers', () => {
  const { multiplyAdds } = JSON.parse(read('vascular-dvt', 'metrics.json')) as {
    readonly multiplyAdds: { readonly stackOfNine: number; readonly perFrameOf72: number };
  };
  expect([multiplyAdds.stackOfNine, multiplyAdds.perFrameOf72]).toEqual(made['vascular-dvt']?.multiplyAdds);
});
