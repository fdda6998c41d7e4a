/** Which addresses belong to the public internet: what a server may be made to talk to by somebody's webhook. */
import { BlockList, isIP } from 'node:net';

/** Networks of IPv4 that are not public: the special-purpose registry of IANA, and multicast. */
const reservedIpv4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

/** What of 2000::/3, in which all public addresses of IPv6 lie, is not: protocols, documentation, 6to4. */
const reservedIpv6: readonly (readonly [string, number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

/** Prefixes of IPv6 behind which an address of IPv4 stands in the last 32 bits: mapped addresses, and NAT64. */
const translated = ['::ffff:', '64:ff9b::'];

const reserved = new BlockList();
const translating = new BlockList();
const global = new BlockList();
global.addSubnet('2000::', 3, 'ipv6');
for (const prefix of translated) translating.addSubnet(`${prefix}0.0.0.0`, 96, 'ipv6');
for (const [network, bits] of reservedIpv6) reserved.addSubnet(network, bits, 'ipv6');
for (const [network, bits] of reservedIpv4) {
  reserved.addSubnet(network, bits, 'ipv4');
  for (const prefix of translated) reserved.addSubnet(`${prefix}${network}`, 96 + bits, 'ipv6');
}

/** Whether an address is one of the public internet; false for what is no address. */
export function isPublicAddress(address: string): boolean {
  const version = isIP(address);
  if (version === 4) return !reserved.check(address, 'ipv4');
  // What is bound to an interface is never public.
  if (version !== 6 || address.includes('%')) return false;
  if (reserved.check(address, 'ipv6')) return false;
  return global.check(address, 'ipv6') || translating.check(address, 'ipv6');
}
