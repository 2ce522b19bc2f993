import { domainToASCII } from 'node:url';
import { type Reading, readAddress } from './network/addresses.ts';

/** Says which ends of a text are also ends of a host name. At the other ends the text may stop inside a label. */
export interface HostPart {
  readonly isStart: boolean;
  readonly isEnd: boolean;
}

const WHOLE: HostPart = { isStart: true, isEnd: true };
const ASCII_LABELS = /^[\w-]+(?:\.[\w-]+)*$/;

/**
 * Converts a part of a host name to the form that clients send: labels with non-ASCII characters become punycode
 * (RFC 5891). All other labels stay unchanged.
 * @returns a problem when a label has no punycode form, or when a non-ASCII label is incomplete
 */
export function asciiHostPart(text: string, { isStart, isEnd }: HostPart): Reading<string> {
  const labels = text.split('.');
  const converted: string[] = [];
  for (const [index, label] of labels.entries()) {
    if (isAscii(label)) {
      converted.push(label);
      continue;
    }
    const isWhole = (isStart || index > 0) && (isEnd || index < labels.length - 1);
    if (!isWhole) return { problem: `'${label}' may be a part of a label, and a part has no punycode form` };
    const ascii = domainToASCII(label);
    // domainToASCII reads a label of non-ASCII digits as an IPv4 address
    if (!ASCII_LABELS.test(ascii) || /^[\d.]+$/.test(ascii))
      return { problem: `'${label}' has no punycode form` };
    converted.push(ascii);
  }
  return { value: converted.join('.') };
}

/** Reads a host name and returns it as clients send it: ASCII labels separated by dots, with an optional dot at the end. */
export function readHostName(text: string): Reading<string> {
  const reading = asciiHostPart(text, WHOLE);
  if ('problem' in reading) return reading;
  const isName = ASCII_LABELS.test(reading.value.replace(/\.$/, '')) && reading.value.length <= 255;
  return isName ? reading : { problem: 'not a host name' };
}

/** Returns an IPv6 address as a Host header has it, in its shortest form: `[2001:db8::1]`. Undefined for any other text. */
export function bracketed(text: string): string | undefined {
  const reading = readAddress(text.replace(/^\[(.*)\]$/, '$1'));
  return 'value' in reading && reading.value.includes(':') ? `[${reading.value}]` : undefined;
}

export const isAscii = (text: string): boolean => !/[^\x20-\x7e]/.test(text);
