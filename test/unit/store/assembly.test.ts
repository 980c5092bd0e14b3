import { expect, test } from '@jest/globals';
import { foldInstance } from '../../../src/store/assembly.ts';

const arriving = (accessionNumber = 'A1') => ({ studyInstanceUid: '1.2.3', accessionNumber, callingAeTitle: 'SCANNER' });
const opened = foldInstance(null, arriving(), 1_000);

test('the first instance opens a study at revision 1', () => {
  expect(opened).toMatchObject({ state: 'open', revision: 1, instanceCount: 1, firstInstanceAt: 1_000, openedAt: 1_000 });
});

test('a further instance joins the open revision and moves the last time on', () => {
  const grown = foldInstance(opened, arriving(), 2_000);
  expect(grown).toMatchObject({ state: 'open', revision: 1, instanceCount: 2, firstInstanceAt: 1_000, lastInstanceAt: 2_000 });
});

test('an instance after completion opens the next revision, open since now', () => {
  const late = foldInstance({ ...opened, state: 'complete', completedAt: 5_000 }, arriving(), 9_000);
  expect(late).toMatchObject({
    state: 'open',
    revision: 2,
    instanceCount: 2,
    openedAt: 9_000,
    firstInstanceAt: 1_000,
    completedAt: null,
  });
});

test('a clock that was set back does not move the last time back', () => {
  expect(foldInstance(opened, arriving(), 500).lastInstanceAt).toBe(1_000);
});

test('the first accession number that is not empty stays', () => {
  const without = foldInstance(null, arriving(''), 1_000);
  const given = foldInstance(without, arriving('A2'), 1_001);
  expect(foldInstance(given, arriving('A3'), 1_002).accessionNumber).toBe('A2');
});
