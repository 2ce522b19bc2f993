import { asciiHostPart, bracketed, isAscii } from '../../../domain/host-names.ts';
import type { Reading } from '../../../domain/network/addresses.ts';
import { encodeNeverSent, strayPercentIn } from '../../../domain/text/percent-encoding.ts';

export const RULE_TYPES = [
  'HOST_NAME',
  'PATH',
  'FILE_TYPE',
  'HEADER',
  'COOKIE',
  'SSL_CONN_HAS_CERT',
  'SSL_VERIFY_RESULT',
  'SSL_DN_FIELD',
] as const;
export type RuleType = (typeof RULE_TYPES)[number];
export const COMPARE_TYPES = ['REGEX', 'STARTS_WITH', 'ENDS_WITH', 'CONTAINS', 'EQUAL_TO'] as const;
export type CompareType = (typeof COMPARE_TYPES)[number];

/** Says which ends of a rule's value are also ends of the text that it is compared with. */
const ENDS = {
  EQUAL_TO: { isStart: true, isEnd: true },
  STARTS_WITH: { isStart: true, isEnd: false },
  ENDS_WITH: { isStart: false, isEnd: true },
  CONTAINS: { isStart: false, isEnd: false },
} as const;
type Ends = (typeof ENDS)[keyof typeof ENDS];

const problem = (text: string): Reading<string> => ({ problem: text });

/**
 * Converts the value of a rule to the form that clients send.
 * @returns a problem when the value can't match any request, and its meaning isn't clear
 */
export function readRuleValue(type: RuleType, compare: CompareType, value: string): Reading<string> {
  if (compare === 'REGEX') return readExpression(type, value);
  const ends = ENDS[compare];
  switch (type) {
    case 'HOST_NAME':
      return readHost(value, ends);
    case 'PATH':
      return readPath(value, ends);
    case 'FILE_TYPE':
      return readFileType(value);
    case 'HEADER':
      return readHeader(value, ends);
    case 'COOKIE':
      return readCookie(value, ends);
    case 'SSL_CONN_HAS_CERT':
      return /^true$/i.test(value) ? { value } : problem('only True is allowed');
    case 'SSL_VERIFY_RESULT':
      return readVerifyResult(value);
    case 'SSL_DN_FIELD':
      return { value };
  }
}

/** Clients send hosts and paths in ASCII. The meaning of other characters in an expression, as in `[äö]`, is ambiguous. */
function readExpression(type: RuleType, value: string): Reading<string> {
  const isOfUrl = type === 'HOST_NAME' || type === 'PATH' || type === 'FILE_TYPE';
  if (isOfUrl && !isAscii(value)) {
    const form = type === 'HOST_NAME' ? 'punycode (xn--…)' : 'percent-encoding (%C3%BC)';
    return problem(`contains characters that clients send in another form: write them in ${form}`);
  }
  if (type === 'FILE_TYPE' && /\\\.|\[\.\]/.test(value))
    return problem('contains a dot, but the file type is the text behind the last dot');
  return { value };
}

/** Reads a part of the host in a URL. haproxy removes the port before the comparison. */
function readHost(value: string, ends: Ends): Reading<string> {
  if (value.includes(':') || value.includes('[')) return readAddressPart(value, ends);
  const reading = asciiHostPart(value, ends);
  if ('problem' in reading || /^[\w.-]+$/.test(reading.value)) return reading;
  return problem('contains a character that no host name can have');
}

function readAddressPart(value: string, { isStart, isEnd }: Ends): Reading<string> {
  if (isStart && isEnd) {
    const address = bracketed(value);
    if (address !== undefined) return { value: address };
    return problem('not a host name (a host name has no port)');
  }
  const canMatch = (!isStart || value.startsWith('[')) && (!isEnd || value.endsWith(']'));
  return canMatch && /^\[?[\da-f:.]*\]?$/i.test(value)
    ? { value }
    : problem('not a part of a host name or of an IPv6 address in brackets (without a port)');
}

function readPath(value: string, { isStart, isEnd }: Ends): Reading<string> {
  if (isStart && !value.startsWith('/')) return problem('does not begin with /, as every path does');
  return readPathPart(value, isEnd);
}

function readPathPart(value: string, isEnd: boolean): Reading<string> {
  if (value.includes('?')) return problem('contains a ?, which ends the path: write %3F for the character');
  const stray = strayPercentIn(value);
  // the text behind a cut value may complete the percent-encoding
  const isCut = stray !== -1 && !isEnd && /^%[\da-f]?$/i.test(value.slice(stray));
  if (stray !== -1 && !isCut)
    return problem('contains a % that begins no percent-encoding: write %25 for the character');
  return { value: encodeNeverSent(value) };
}

/** Reads a file type, with or without the dot before it. */
function readFileType(value: string): Reading<string> {
  const type = value.replace(/^\./, '');
  if (type === '') return problem('empty');
  if (type.includes('/')) return problem('contains a /, which no file type can have');
  return readPathPart(type, true);
}

/** Reads the value of a header. haproxy removes blanks around it, because they aren't part of it (RFC 9110, section 5.5). */
function readHeader(value: string, { isStart, isEnd }: Ends): Reading<string> {
  const from = isStart ? value.trimStart() : value;
  const trimmed = isEnd ? from.trimEnd() : from;
  return trimmed === '' ? problem('only blanks, which haproxy removes') : { value: trimmed };
}

/** Reads the value of a cookie. haproxy ends an unquoted value at a comma or a semicolon. */
function readCookie(value: string, ends: Ends): Reading<string> {
  if (/[,;]/.test(value) && !value.includes('"'))
    return problem('contains a comma or a semicolon, which ends a cookie');
  return readHeader(value, ends);
}

/** Reads a verification result. For any result but 0, haproxy aborts the handshake, so no request can match. */
const readVerifyResult = (value: string): Reading<string> =>
  /^0{1,9}$/.test(value)
    ? { value: '0' }
    : problem('only 0 is allowed, because haproxy closes the connection for any other result');
