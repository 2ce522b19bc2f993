import { z } from 'zod';
import { asciiHostPart } from '../../../domain/host-names.ts';
import type { Reading } from '../../../domain/network/addresses.ts';
import { encodeOutsideOfAscii } from '../../../domain/text/percent-encoding.ts';
import { text } from '../scalars.ts';

const NO_URL = 'not an http or https URL';
const PARTS = /^(https?:\/\/)([^/?#]*)(.*)$/i;
const AUTHORITY = /^(.*@)?(.*?)(:\d*)?$/;

/** The target of a redirection in the form of a Location header: its host in punycode, the rest percent-encoded. */
export const redirectUrl = text.transform((given, context): string => {
  const reading = readUrl(given);
  if ('value' in reading) return reading.value;
  context.issues.push({ code: 'custom', message: reading.problem, input: given });
  return z.NEVER;
});

/** A prefix, behind which haproxy puts the path and the query of the request. */
export const redirectPrefix = redirectUrl.refine((url) => !/[?#]/.test(url), {
  error: 'contains a ? or a #, and haproxy would append the path of the request behind it',
  when: ({ issues }) => issues.length === 0,
});

function readUrl(given: string): Reading<string> {
  const [, scheme = '', authority = '', rest = ''] = PARTS.exec(given) ?? [];
  const [, user = '', host = '', port = ''] = AUTHORITY.exec(authority) ?? [];
  const name = asciiHostPart(host, { isStart: true, isEnd: true });
  if ('problem' in name) return name;
  const url = `${scheme}${encodeOutsideOfAscii(user)}${name.value}${port}${encodeOutsideOfAscii(rest)}`;
  const isUrl = host !== '' && /^[\x21-\x7e]+$/.test(url) && URL.canParse(url);
  return isUrl ? { value: url } : { problem: NO_URL };
}
