// Who asks over HTTP, and as whom. In: an address, an Authorization header, a Host header. Out: a place to count by, credentials, a host name. Pure.
import { isIP, isIPv6 } from 'node:net';
import type { Credentials } from '../contracts/console.ts';

const LONGEST_CREDENTIALS = 1024;

/** An address without what marks IPv4 over IPv6, and without a zone. */
export const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');

/** An address as one counts by it: whoever has an IPv6 address has its whole /64. */
export const placeOf = (address: string): string => {
  const plain = plainAddress(address);
  return isIPv6(plain) ? groupsOf(plain).slice(0, 4).join(':') : plain;
};

function groupsOf(address: string): readonly string[] {
  const [before = '', after] = address.split('::');
  const head = before === '' ? [] : before.split(':');
  const tail = after === undefined || after === '' ? [] : after.split(':');
  const zeros = after === undefined ? 0 : Math.max(0, 8 - head.length - tail.length);
  return [...head, ...Array.from({ length: zeros }, () => '0'), ...tail];
}

/** Name and password of an Authorization header (RFC 7617); null for any other. */
export function credentialsIn(header: string | undefined): Credentials | null {
  const encoded = /^Basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(header ?? '')?.[1];
  if (encoded === undefined || encoded.length > LONGEST_CREDENTIALS) return null;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? null : { name: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** The name in a Host header without its port, in small letters and without brackets; null when it is none. */
export function hostIn(header: string | undefined): string | null {
  const parsed = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i.exec(header ?? '')?.[1];
  return parsed === undefined ? null : parsed.replace(/^\[|\]$/g, '').toLowerCase();
}

/** Whether a name is always this machine, whatever a name server says. */
export const isLoopbackName = (host: string): boolean =>
  host === 'localhost' || (isIP(host) === 4 && host.startsWith('127.')) || host === '::1';
