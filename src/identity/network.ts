import { isIPv4, isIPv6 } from 'node:net';

/** The eight groups of an IPv6 address, as numbers. */
function groupsOf(address: string): number[] {
  const [head = '', tail] = address.split('::');
  const parse = (part: string): number[] =>
    part === ''
      ? []
      : part.split(':').flatMap((group) => (group.includes('.') ? v4Groups(group) : [parseInt(group, 16)]));
  const [left, right] = [parse(head), parse(tail ?? '')];
  const gap = tail === undefined ? 0 : 8 - left.length - right.length;
  return [...left, ...Array<number>(Math.max(gap, 0)).fill(0), ...right];
}

function v4Groups(address: string): number[] {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  return [a * 256 + b, c * 256 + d];
}

/**
 * What counts as one caller for throttles: an IPv4 address, or the /64 of an IPv6 address, because a single connection
 * is given a whole /64 and could use a fresh address for every try.
 */
export function networkOf(address: string): string {
  const [plain = ''] = address
    .replace(/^\[|\]$/g, '')
    .toLowerCase()
    .split('%');
  if (isIPv4(plain) || !isIPv6(plain)) return plain.slice(0, 60);
  const groups = groupsOf(plain);
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (isMapped) {
    const [high = 0, low = 0] = groups.slice(6);
    return [high >> 8, high & 255, low >> 8, low & 255].join('.');
  }
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`;
}
