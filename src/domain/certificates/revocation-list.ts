/** The parts of a certificate revocation list (RFC 5280, section 5.1) that haproxy shows. */
export interface RevocationList {
  /** milliseconds since 1970 */
  readonly lastUpdate: number;
  /** undefined when the list has no such date */
  readonly nextUpdate: number | undefined;
  /** serial numbers in upper-case hexadecimal digits without leading zeros, sorted */
  readonly serials: readonly string[];
}

/** One element of DER (X.690). */
interface Element {
  readonly tag: number;
  readonly content: Buffer;
}

const TAG = { integer: 0x02, sequence: 0x30, utcTime: 0x17, generalizedTime: 0x18 } as const;
const isTime = (element: Element | undefined): element is Element =>
  element?.tag === TAG.utcTime || element?.tag === TAG.generalizedTime;

/**
 * Reads a certificate revocation list. Signatures are not verified.
 * @param pem one PEM block
 * @returns undefined when the block isn't a revocation list
 */
export function readRevocationList(pem: string): RevocationList | undefined {
  const der = Buffer.from(pem.replaceAll(/-----[^-]+-----/g, ''), 'base64');
  const [list] = elementsOf(der) ?? [];
  const [signed] = (list && elementsOf(list.content)) ?? [];
  const parts = signed && elementsOf(signed.content);
  if (parts === undefined) return undefined;
  // version (optional), algorithm and issuer come before the dates
  const at = parts.findIndex(isTime);
  const [last, next] = [parts[at], parts[at + 1]];
  if (!isTime(last)) return undefined;
  const revoked = parts[isTime(next) ? at + 2 : at + 1];
  const entries = revoked?.tag === TAG.sequence ? elementsOf(revoked.content) : [];
  const serials = entries?.map(({ content }) => elementsOf(content)?.[0]);
  if (serials?.every((serial) => serial?.tag === TAG.integer) !== true) return undefined;
  return {
    lastUpdate: timeOf(last),
    nextUpdate: isTime(next) ? timeOf(next) : undefined,
    serials: serials.map((serial) => plainSerial(serial?.content.toString('hex') ?? '')).sort(),
  };
}

/** Writes a serial number in the form of RevocationList. */
export const plainSerial = (hexadecimal: string): string => hexadecimal.toUpperCase().replace(/^0+(?=.)/, '');

/** Splits DER into its elements. @returns undefined when a length is wrong */
function elementsOf(der: Buffer): Element[] | undefined {
  const elements: Element[] = [];
  let at = 0;
  while (at < der.length) {
    const tag = der[at] ?? 0;
    const first = der[at + 1] ?? 0;
    // the long form: the lower bits are the number of bytes of the length
    const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
    if (lengthBytes > 4 || at + 2 + lengthBytes > der.length) return undefined;
    const length = lengthBytes === 0 ? first : der.readUIntBE(at + 2, lengthBytes);
    const start = at + 2 + lengthBytes;
    if (start + length > der.length) return undefined;
    elements.push({ tag, content: der.subarray(start, start + length) });
    at = start + length;
  }
  return elements;
}

/** @returns milliseconds since 1970; NaN for another form than RFC 5280 has */
function timeOf({ tag, content }: Element): number {
  const text = content.toString('latin1');
  const short = tag === TAG.utcTime;
  const century = short ? (Number(text.slice(0, 2)) < 50 ? '20' : '19') : '';
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(`${century}${text}`) ?? [];
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}
