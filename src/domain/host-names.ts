import { domainToASCII } from 'node:url';
import { type Reading, readAddress } from './network/addresses.ts';

/** Which ends of a text are ends of a host name, or may lie within a label of one. */
export interface HostPart {
  readonly isStart: boolean;
  readonly isEnd: boolean;
}

const WHOLE: HostPart = { isStart: true, isEnd: true };
const ASCII_LABELS = /^[\w-]+(?:\.[\w-]+)*$/;

/**
 * Brings a part of a host name into the form that clients send: labels with other characters than ASCII become punycode
 * (RFC 5891). The rest stays as it is, whatever it holds.
 * @returns a problem where a label has no such form, or only its beginning or end is there
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
    if (!isWhole)
      return { problem: `'${label}' may be a part of a label, which has no form of its own in punycode` };
    const ascii = domainToASCII(label);
    // a label of digits that aren't ASCII's is read as an IPv4 address
    if (!ASCII_LABELS.test(ascii) || /^[\d.]+$/.test(ascii))
      return { problem: `'${label}' has no form in punycode` };
    converted.push(ascii);
  }
  return { value: converted.join('.') };
}

/** @returns a host name as clients send it: ASCII labels, divided by dots; a dot may end it */
export function readHostName(text: string): Reading<string> {
  const reading = asciiHostPart(text, WHOLE);
  if ('problem' in reading) return reading;
  const isName = ASCII_LABELS.test(reading.value.replace(/\.$/, '')) && reading.value.length <= 255;
  return isName ? reading : { problem: 'not a host name' };
}

/** An IPv6 address as it stands in a Host header, in its shortest form: `[2001:db8::1]`. Undefined for anything else. */
export function bracketed(text: string): string | undefined {
  const reading = readAddress(text.replace(/^\[(.*)\]$/, '$1'));
  return 'value' in reading && reading.value.includes(':') ? `[${reading.value}]` : undefined;
}

export const isAscii = (text: string): boolean => !/[^\x20-\x7e]/.test(text);
