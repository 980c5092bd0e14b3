import { describe, expect, test } from '@jest/globals';
import type { AssociationRequest, ProposedContext } from '../../../src/contracts/association.ts';
import { STORAGE_CLASSES } from '../../../src/dicom/sop-classes.ts';
import { type AdmissionPolicy, admit, type Room } from '../../../src/intake/admission.ts';

const IMPLICIT = '1.2.840.10008.1.2';
const EXPLICIT = '1.2.840.10008.1.2.1';
const BIG_ENDIAN = '1.2.840.10008.1.2.2';
const JPEG = '1.2.840.10008.1.2.4.50';
const RLE = '1.2.840.10008.1.2.5';
const ULTRASOUND = '1.2.840.10008.5.1.4.1.1.6.1';
const VERIFICATION = '1.2.840.10008.1.1';

const context = (id: number, abstractSyntaxUid: string, transferSyntaxUids: readonly string[] = [IMPLICIT]): ProposedContext => ({
  id,
  abstractSyntaxUid,
  transferSyntaxUids,
});
const request = (changes: Partial<AssociationRequest> = {}): AssociationRequest => ({
  key: 'a1',
  callingAeTitle: 'SCANNER',
  calledAeTitle: 'SONORELAY',
  remoteAddress: '10.1.2.3',
  tls: false,
  maxPduLength: 16_384,
  implementationClassUid: '1.2.3',
  implementationVersionName: 'TEST',
  contexts: [context(1, ULTRASOUND)],
  ...changes,
});
const policy: AdmissionPolicy = {
  aeTitle: 'SONORELAY',
  peers: [
    { aeTitle: 'SCANNER', addresses: [] },
    { aeTitle: 'PACS', addresses: ['10.9.0.0/16', '192.0.2.7', '2001:db8::/32'] },
  ],
  acceptAnyPeer: false,
  maxAssociations: 4,
};
const room: Room = { associations: 0, spoolHasRoom: true };
const because = (changes: Partial<AssociationRequest>, inRoom = room, by = policy): string | null => {
  const admission = admit(request(changes), by, inRoom);
  return admission.accept ? null : admission.because;
};
const answers = (contexts: readonly ProposedContext[]) => {
  const admission = admit(request({ contexts }), policy, room);
  return admission.accept ? admission.contexts : [];
};
const chosen = (...transferSyntaxUids: string[]): unknown => answers([context(1, ULTRASOUND, transferSyntaxUids)])[0];

describe('a peer', () => {
  test('that is known is accepted, with spaces around its title too', () => {
    expect(because({})).toBeNull();
    expect(because({ callingAeTitle: ' SCANNER  ', calledAeTitle: 'SONORELAY       ' })).toBeNull();
  });

  test.each([
    ['called-ae-unknown', { calledAeTitle: 'OTHER' }, { result: 1, source: 1, reason: 7 }],
    ['called-ae-unknown', { calledAeTitle: 'sonorelay' }, { result: 1, source: 1, reason: 7 }],
    ['calling-ae-unknown', { callingAeTitle: 'STRANGER' }, { result: 1, source: 1, reason: 3 }],
    ['calling-address-unknown', { callingAeTitle: 'PACS' }, { result: 1, source: 1, reason: 3 }],
  ])('is rejected as %s with the fields of PS3.8 Table 9-21', (code, changes, rejection) => {
    expect(admit(request(changes), policy, room)).toEqual({ accept: false, because: code, rejection });
  });

  test.each(['10.9.255.1', '192.0.2.7', '2001:db8:1::5', '::ffff:10.9.0.1'])(
    'may come from a listed address: %s',
    (remoteAddress) => {
      expect(because({ callingAeTitle: 'PACS', remoteAddress })).toBeNull();
    },
  );

  test.each(['10.10.0.1', '192.0.2.8', '2001:db9::1', 'fe80::1%eth0', '', 'nonsense'])(
    'may not come from elsewhere: %s',
    (remoteAddress) => {
      expect(because({ callingAeTitle: 'PACS', remoteAddress })).toBe('calling-address-unknown');
    },
  );

  test('listed twice may come from the addresses of both entries', () => {
    const peers = [...policy.peers, { aeTitle: 'PACS', addresses: ['198.51.100.1'] }];
    expect(because({ callingAeTitle: 'PACS', remoteAddress: '198.51.100.1' }, room, { ...policy, peers })).toBeNull();
  });

  test('of any title and address is accepted where the policy says so', () => {
    const open = { ...policy, peers: [], acceptAnyPeer: true };
    expect(because({ callingAeTitle: 'STRANGER', remoteAddress: '203.0.113.9' }, room, open)).toBeNull();
    expect(because({ calledAeTitle: 'OTHER' }, room, open)).toBe('called-ae-unknown');
  });
});

describe('room', () => {
  test('is for so many associations and no more; the peer may come again', () => {
    expect(because({}, { ...room, associations: 3 })).toBeNull();
    expect(admit(request(), policy, { ...room, associations: 4 })).toEqual({
      accept: false,
      because: 'too-many-associations',
      rejection: { result: 2, source: 3, reason: 2 },
    });
  });

  test('of the spool decides on storage, not on C-ECHO', () => {
    const full = { ...room, spoolHasRoom: false };
    expect(admit(request(), policy, full)).toMatchObject({
      because: 'spool-full',
      rejection: { result: 2, source: 3, reason: 1 },
    });
    expect(because({ contexts: [context(1, VERIFICATION)] }, full)).toBeNull();
    expect(because({ contexts: [context(1, VERIFICATION), context(3, ULTRASOUND)] }, full)).toBe('spool-full');
  });
});

describe('a context', () => {
  test('of storage is accepted: every class of a department, retired, private and newer ones', () => {
    const others = ['1.3.46.670589.2.5.1.1', '1.2.840.113619.4.27', '1.2.840.10008.5.1.4.1.1.999.1'];
    const classes = [...STORAGE_CLASSES.map((entry) => entry.uid), ...others, VERIFICATION];
    const given = answers(classes.map((uid, index) => context(index * 2 + 1, uid)));
    expect(given.map((answer) => answer.result)).toEqual(classes.map(() => 0));
  });

  test.each([
    ['query', '1.2.840.10008.5.1.4.1.2.2.1'],
    ['move', '1.2.840.10008.5.1.4.1.2.2.2'],
    ['get', '1.2.840.10008.5.1.4.1.2.2.3'],
    ['worklist', '1.2.840.10008.5.1.4.31'],
    ['storage commitment', '1.2.840.10008.1.20.1'],
    ['print', '1.2.840.10008.5.1.1.9'],
    ['nonsense', 'not a uid'],
  ])('of %s is refused with result 3, and the others are not', (_what, uid) => {
    expect(answers([context(1, uid), context(3, ULTRASOUND)])).toEqual([
      { id: 1, result: 3 },
      { id: 3, result: 0, transferSyntaxUid: IMPLICIT },
    ]);
  });

  test('without a usable transfer syntax is refused with result 4', () => {
    expect(chosen()).toEqual({ id: 1, result: 4 });
    expect(chosen('', 'nonsense')).toEqual({ id: 1, result: 4 });
  });

  test('gets the best of plain syntaxes, whatever their order', () => {
    expect(chosen(IMPLICIT, BIG_ENDIAN, EXPLICIT)).toMatchObject({ transferSyntaxUid: EXPLICIT });
    expect(chosen(BIG_ENDIAN, IMPLICIT)).toMatchObject({ transferSyntaxUid: IMPLICIT });
    expect(chosen(BIG_ENDIAN)).toMatchObject({ transferSyntaxUid: BIG_ENDIAN });
  });

  test('gets the compression that the sender puts first, private ones too', () => {
    expect(chosen(JPEG, RLE)).toMatchObject({ transferSyntaxUid: JPEG });
    expect(chosen(JPEG, IMPLICIT, EXPLICIT)).toMatchObject({ transferSyntaxUid: JPEG });
    expect(chosen(IMPLICIT, EXPLICIT, JPEG)).toMatchObject({ transferSyntaxUid: EXPLICIT });
    expect(chosen('1.2.840.113619.5.2')).toMatchObject({ transferSyntaxUid: '1.2.840.113619.5.2' });
  });
});
