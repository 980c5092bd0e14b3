// Who may send, and what. In: an association request, the policy and what room there is. Out: acceptance with an answer per context, or a
// rejection with its A-ASSOCIATE-RJ fields. Pure.
import { BlockList, isIP } from 'node:net';
import type { Admission, AssociationRequest, ContextAnswer, ProposedContext } from '../contracts/association.ts';
import { isStorageClass, VERIFICATION } from '../dicom/sop-classes.ts';
import {
  DEFLATED_EXPLICIT_LITTLE_ENDIAN,
  EXPLICIT_BIG_ENDIAN,
  EXPLICIT_LITTLE_ENDIAN,
  IMPLICIT_LITTLE_ENDIAN,
} from '../dicom/transfer-syntaxes.ts';
import { isValidUid } from '../dicom/uids.ts';
import { faultRow } from '../kernel/errors.ts';

/** A peer that may send. `addresses`: IP addresses or CIDR blocks it may come from; none: any address. */
export type Peer = { readonly aeTitle: string; readonly addresses: readonly string[] };

export type AdmissionPolicy = {
  readonly aeTitle: string;
  readonly peers: readonly Peer[];
  /** Takes every calling AE title from every address. */
  readonly acceptAnyPeer: boolean;
  readonly maxAssociations: number;
};

/** `associations`: those open already, without this one. */
export type Room = { readonly associations: number; readonly spoolHasRoom: boolean };

type Refusal = 'called-ae-unknown' | 'calling-ae-unknown' | 'calling-address-unknown' | 'too-many-associations' | 'spool-full';

/** Accepts with one answer per proposed context in their order, or rejects; `because` is a code of the fault registry. */
export function admit(request: AssociationRequest, policy: AdmissionPolicy, room: Room): Admission {
  const because = refusal(request, policy, room);
  if (because === null) return { accept: true, contexts: request.contexts.map(answer) };
  const rejection = faultRow(because).reject;
  if (rejection === undefined) throw new TypeError(`the fault ${because} has no rejection`);
  return { accept: false, because, rejection };
}

function refusal(request: AssociationRequest, policy: AdmissionPolicy, room: Room): Refusal | null {
  // Leading and trailing spaces of an AE title are not significant (PS3.5 6.2).
  if (request.calledAeTitle.trim() !== policy.aeTitle) return 'called-ae-unknown';
  if (!policy.acceptAnyPeer) {
    const known = policy.peers.filter((peer) => peer.aeTitle === request.callingAeTitle.trim());
    if (known.length === 0) return 'calling-ae-unknown';
    if (!known.some((peer) => mayComeFrom(peer, request.remoteAddress))) return 'calling-address-unknown';
  }
  if (room.associations >= policy.maxAssociations) return 'too-many-associations';
  // C-ECHO takes no room: a full node should still answer whoever checks that it lives.
  const onlyVerification = request.contexts.every((context) => context.abstractSyntaxUid === VERIFICATION);
  return room.spoolHasRoom || onlyVerification ? null : 'spool-full';
}

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

function mayComeFrom(peer: Peer, remoteAddress: string): boolean {
  if (peer.addresses.length === 0) return true;
  const address = remoteAddress.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  if (isIP(address) === 0) return false;
  const allowed = new BlockList();
  for (const entry of peer.addresses) {
    const [network = '', prefix] = entry.split('/');
    if (prefix === undefined) allowed.addAddress(network, familyOf(network));
    else allowed.addSubnet(network, Number(prefix), familyOf(network));
  }
  return allowed.check(address, familyOf(address));
}

/** Storage of any kind is taken, known or not: what no model reads is kept, so that a study is never torn apart on its way. */
function answer(context: ProposedContext): ContextAnswer {
  const { id, abstractSyntaxUid } = context;
  const taken = abstractSyntaxUid === VERIFICATION || (isValidUid(abstractSyntaxUid) && isStorageClass(abstractSyntaxUid));
  if (!taken) return { id, result: 3 };
  const transferSyntaxUid = chosenSyntax(context.transferSyntaxUids);
  return transferSyntaxUid === null ? { id, result: 4 } : { id, result: 0, transferSyntaxUid };
}

/** Without compression of pixel data, the ones that hold most (explicit VRs) and cost least to read first. */
const PLAIN: readonly string[] = [
  EXPLICIT_LITTLE_ENDIAN,
  IMPLICIT_LITTLE_ENDIAN,
  DEFLATED_EXPLICIT_LITTLE_ENDIAN,
  EXPLICIT_BIG_ENDIAN,
];

/**
 * The first proposed, because a sender puts the syntax first that its objects are in: any other choice makes it convert, which scanners do
 * badly or not at all, and pictures compressed with loss would be decompressed. Among plain syntaxes conversion is free: the best is taken.
 */
function chosenSyntax(proposed: readonly string[]): string | null {
  const valid = proposed.filter(isValidUid);
  const first = valid[0];
  if (first === undefined) return null;
  return PLAIN.includes(first) ? (PLAIN.find((plain) => valid.includes(plain)) ?? first) : first;
}
