import { expect, test } from '@jest/globals';

test('types are stripped', () => {
  const x: number = 1;
  expect(x).toBe(1);
});
