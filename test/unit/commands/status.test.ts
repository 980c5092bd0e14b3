// What `sonorelay status` says of results that did not go the plain way: a person has no other place to learn it from.
import { describe, expect, test } from '@jest/globals';
import { statusText } from '../../../src/commands/status.ts';
import type { DeliveryOverview, JobOverview, StudyOverview } from '../../../src/store/overview.ts';

const NOW = Date.UTC(2026, 10, 22, 12);

const JOB: JobOverview = {
  jobKey: 1,
  revision: 1,
  modelId: 'vascular-sec',
  modelVersion: '0.1.0',
  rule: 'legs',
  state: 'rendered',
  attempts: 1,
  reason: '',
  detail: '',
  queuedAt: NOW,
  startedAt: NOW,
  finishedAt: NOW,
  renderedAt: NOW,
  timings: null,
};
const DELIVERY: DeliveryOverview = {
  deliveryKey: 1,
  jobKey: 1,
  kind: 'sr',
  sopInstanceUid: '2.25.1',
  controlId: '',
  spoolPath: 'artifacts/1/sr.dcm',
  destination: 'pacs',
  state: 'sent',
  commitment: 'none',
  attempts: 1,
  lastOutcome: { kind: 'accepted', code: '', words: '' },
  queuedAt: NOW,
  dueAt: NOW,
  triedAt: NOW,
  sentAt: NOW,
};

function said(job: Partial<JobOverview>, ...deliveries: readonly Partial<DeliveryOverview>[]): string {
  const overview: StudyOverview = {
    study: {
      studyKey: 1,
      studyInstanceUid: '1.2.3',
      accessionNumber: 'ACC-1',
      state: 'complete',
      revision: 1,
      instanceCount: 2,
      callingAeTitle: 'SCANNER',
      firstInstanceAt: NOW,
      openedAt: NOW,
      lastInstanceAt: NOW,
      completedAt: NOW,
    },
    jobs: [{ ...JOB, ...job }],
    deliveries: deliveries.map((one) => ({ ...DELIVERY, ...one })),
    history: [],
  };
  return statusText(overview, { now: NOW, history: false });
}

describe('status says', () => {
  test('that an archive got a report in a simpler class, and which', () => {
    const words = 'No presentation context was accepted. Sent as Enhanced SR Storage instead.';
    const text = said({}, { state: 'withdrawn', lastOutcome: { kind: 'permanent', code: 'context-refused', words } }, {});
    expect(text).toContain(`sr to pacs: withdrawn before it was sent: context-refused: ${words}`);
    expect(text).toContain('sr to pacs: sent at');
  });

  test('that an archive takes no report at all', () => {
    const lastOutcome = { kind: 'permanent', code: 'context-refused', words: 'No presentation context was accepted.' } as const;
    expect(said({}, { state: 'refused', lastOutcome })).toContain(
      'sr to pacs: REFUSED: context-refused: No presentation context',
    );
  });

  test.each([
    ['retracting', 'RETRACTED (safety), the notes are to be written'],
    ['retracted', 'RETRACTED (safety)'],
  ] as const)('that a result was taken back while it is %s, and how far the note has come', (state, words) => {
    const text = said({ state, reason: 'safety' }, {}, { kind: 'rejection', state: 'queued', attempts: 0, lastOutcome: null });
    expect(text).toContain(`vascular-sec 0.1.0: ${words}`);
    expect(text).toContain('rejection to pacs: queued');
  });

  test('that a study was not analysed, with the reason, and that this was told', () => {
    const detail = 'Route "legs" gives this model 1 object (OT), but it reads US images.';
    const text = said({ state: 'skipped', modelVersion: '', reason: 'no-analysable-instance', detail }, {});
    expect(text).toContain(`vascular-sec: not run (no-analysable-instance): ${detail}`);
    expect(text).toContain('sr to pacs: sent at');
  });

  test('that there was nothing to report', () => {
    expect(said({})).toContain('vascular-sec 0.1.0: analysed, nothing to report');
  });

  test('that a job and a delivery are parked, after how many attempts and why', () => {
    expect(said({ state: 'parked', attempts: 3, reason: 'analyser-crashed', detail: 'Signal 11.' })).toContain(
      'vascular-sec 0.1.0: PARKED after 3 attempts: analyser-crashed Signal 11.',
    );
    const lastOutcome = { kind: 'transient', code: 'peer-unreachable', words: 'connect ECONNREFUSED' } as const;
    expect(said({}, { state: 'parked', attempts: 8, lastOutcome })).toContain(
      'sr to pacs: PARKED after 8 attempts: peer-unreachable: connect ECONNREFUSED',
    );
  });
});
