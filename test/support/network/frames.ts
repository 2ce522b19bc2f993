/** Parts of Ethernet frames, for tests of what is a header. Fields that no header length depends on are zero. */

const withBytes = (length: number, bytes: Readonly<Record<number, number>>): Buffer => {
  const header = Buffer.alloc(length);
  for (const [offset, value] of Object.entries(bytes)) header[Number(offset)] = value;
  return header;
};

export const PAYLOAD = Buffer.from('payload of a tenant');

/** @param vlanTags number of VLAN tags */
export function ethernet(type: number, vlanTags = 0): Buffer {
  const header = Buffer.alloc(14 + vlanTags * 4);
  for (let tag = 0; tag < vlanTags; tag += 1) header.writeUInt16BE(0x8100, 12 + tag * 4);
  header.writeUInt16BE(type, header.length - 2);
  return header;
}

/** @param optionBytes a multiple of 4 @param fragment offset of a fragment, in units of 8 bytes */
export const ipv4 = (protocol: number, optionBytes = 0, fragment = 0): Buffer =>
  withBytes(20 + optionBytes, {
    0: 0x45 + optionBytes / 4,
    6: fragment >> 8,
    7: fragment & 0xff,
    9: protocol,
  });

export const ipv6 = (next: number): Buffer => withBytes(40, { 0: 0x60, 6: next });

/** An extension header of IPv6. @param units its length beyond the first 8 bytes, in units of 8 bytes */
export const extension = (next: number, units = 0): Buffer => withBytes(8 + units * 8, { 0: next, 1: units });

/** @param offset offset of the fragment, in units of 8 bytes */
export const fragment = (next: number, offset: number): Buffer =>
  withBytes(8, { 0: next, 2: (offset << 3) >> 8, 3: (offset << 3) & 0xff });

/** An authentication header (RFC 4302) with a check value of 12 bytes. */
export const authentication = (next: number): Buffer => withBytes(24, { 0: next, 1: 4 });

export const tcp = (optionBytes = 0): Buffer =>
  withBytes(20 + optionBytes, { 12: (5 + optionBytes / 4) << 4 });

export const udp = Buffer.alloc(8);

export const icmp = (type: number): Buffer => withBytes(8, { 0: type });
