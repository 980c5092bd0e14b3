import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { parkUnconfigured } from '../../../src/delivery/unconfigured.ts';
import { keptLog } from '../../support/incoming.ts';
import { type StoreForTest, storeForTest } from '../../support/store.ts';
import { deliveriesOf, renderedStudy } from './outbox-fixture.ts';

let store: StoreForTest;
beforeEach(async () => {
  store = await storeForTest();
});
afterEach(() => store.end());

test('deliveries to a destination that is not configured are parked with the reason, the others stay as they are', async () => {
  await renderedStudy(store, 1, { now: 1000, messages: 1 });
  await renderedStudy(store, 2, { now: 1000, messages: 1 });
  const { log, events } = keptLog();
  const turn = parkUnconfigured(['EHR'], { db: store.db(), clock: () => 2000, owner: 'me', leaseMs: 1000, log });
  const { signal } = new AbortController();
  while (await turn(signal));
  for (const study of [1, 2]) {
    expect(await deliveriesOf(store, study, 'PACS')).toMatchObject([
      { state: 'parked', lastOutcome: { code: 'config-invalid', words: 'The configuration names no destination "PACS".' } },
      { state: 'parked', lastOutcome: { code: 'config-invalid' } },
    ]);
    expect(await deliveriesOf(store, study, 'EHR')).toMatchObject([{ state: 'queued', attempts: 0 }]);
  }
  expect(events.filter(({ name }) => name === 'delivery.parked')).toHaveLength(4);
});
