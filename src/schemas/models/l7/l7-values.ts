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

/** Which ends of a value are ends of what it is compared with. */
const ENDS = {
  EQUAL_TO: { isStart: true, isEnd: true },
  STARTS_WITH: { isStart: true, isEnd: false },
  ENDS_WITH: { isStart: false, isEnd: true },
  CONTAINS: { isStart: false, isEnd: false },
} as const;
type Ends = (typeof ENDS)[keyof typeof ENDS];

const problem = (text: string): Reading<string> => ({ problem: text });

/**
 * Brings the value of a rule into the form in which it can match what clients send.
 * @returns a problem where it can match nothing, and no other value is plainly meant
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
      return /^true$/i.test(value) ? { value } : problem('not True');
    case 'SSL_VERIFY_RESULT':
      return readVerifyResult(value);
    case 'SSL_DN_FIELD':
      return { value };
  }
}

/** Hosts and paths are sent in ASCII. What is meant by other characters in an expression, as in `[äö]`, is not plain. */
function readExpression(type: RuleType, value: string): Reading<string> {
  const isOfUrl = type === 'HOST_NAME' || type === 'PATH' || type === 'FILE_TYPE';
  if (isOfUrl && !isAscii(value)) {
    const form = type === 'HOST_NAME' ? 'punycode (xn--…)' : 'percent-encoding (%C3%BC)';
    return problem(`holds characters that clients send in another form: write them in ${form}`);
  }
  if (type === 'FILE_TYPE' && /\\\.|\[\.\]/.test(value))
    return problem('asks for a dot, and the type of a file is what follows its last dot');
  return { value };
}

/** The part of a name that stands in a URL; a port is taken off before it is compared. */
function readHost(value: string, ends: Ends): Reading<string> {
  if (value.includes(':') || value.includes('[')) return readAddressPart(value, ends);
  const reading = asciiHostPart(value, ends);
  if ('problem' in reading || /^[\w.-]+$/.test(reading.value)) return reading;
  return problem('holds a character that no host name has');
}

function readAddressPart(value: string, { isStart, isEnd }: Ends): Reading<string> {
  if (isStart && isEnd) {
    const address = bracketed(value);
    if (address !== undefined) return { value: address };
    return problem('not a host name: a port is no part of it');
  }
  const canMatch = (!isStart || value.startsWith('[')) && (!isEnd || value.endsWith(']'));
  return canMatch && /^\[?[\da-f:.]*\]?$/i.test(value)
    ? { value }
    : problem('not a part of a host name, nor of an IPv6 address in brackets; a port is no part of it');
}

function readPath(value: string, { isStart, isEnd }: Ends): Reading<string> {
  if (isStart && !value.startsWith('/')) return problem('does not begin with /, as every path does');
  return readPathPart(value, isEnd);
}

function readPathPart(value: string, isEnd: boolean): Reading<string> {
  if (value.includes('?')) return problem('holds a ?, which ends the path: write %3F for the character');
  const stray = strayPercentIn(value);
  // at its end, what follows in the path may make it whole
  const isCut = stray !== -1 && !isEnd && /^%[\da-f]?$/i.test(value.slice(stray));
  if (stray !== -1 && !isCut)
    return problem('holds a % that begins no percent-encoding: write %25 for the character');
  return { value: encodeNeverSent(value) };
}

/** With or without the dot before it. */
function readFileType(value: string): Reading<string> {
  const type = value.replace(/^\./, '');
  if (type === '') return problem('empty');
  if (type.includes('/')) return problem('holds a /, which no type of a file has');
  return readPathPart(type, true);
}

/** haproxy takes the blanks around a value off, since they are no part of it (RFC 9110, section 5.5). */
function readHeader(value: string, { isStart, isEnd }: Ends): Reading<string> {
  const from = isStart ? value.trimStart() : value;
  const trimmed = isEnd ? from.trimEnd() : from;
  return trimmed === '' ? problem('nothing but blanks, which haproxy takes off') : { value: trimmed };
}

/** haproxy ends the value of a cookie at a comma or a semicolon, but for one in quotes. */
function readCookie(value: string, ends: Ends): Reading<string> {
  if (/[,;]/.test(value) && !value.includes('"'))
    return problem('holds a comma or a semicolon, which ends a cookie');
  return readHeader(value, ends);
}

/** With an error of the client's certificate haproxy ends the handshake, so there is no request to match. */
const readVerifyResult = (value: string): Reading<string> =>
  /^0{1,9}$/.test(value) ? { value: '0' } : problem('not 0: with any other result there is no connection');
