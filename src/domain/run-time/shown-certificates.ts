import { plainSerial } from '../certificates/revocation-list.ts';
import { comparableList, comparableName } from './certificate-contents.ts';

/** A certificate in the memory of a worker. */
export interface ShownCertificate {
  /** SHA-1 in upper-case hexadecimal digits; undefined for a store without a certificate */
  readonly fingerprint: string | undefined;
  /** subject and issuer of each certificate of the chain, as comparableName() writes them */
  readonly chain: readonly string[];
}

/** Reads the answer of haproxy 2.6 to 3.2 to `show ssl cert NAME`. @returns undefined when the worker has no such name */
export function readShownCertificate(answer: string): ShownCertificate | undefined {
  if (!answer.startsWith('Filename: ')) return undefined;
  const [, fingerprint] = /^SHA1 FingerPrint: ([0-9A-F]{40})$/m.exec(answer) ?? [];
  const chain = [...answer.matchAll(/^Chain (?:Subject|Issuer): (.*)$/gm)].map(([, name = '']) => name);
  return { fingerprint, chain: chain.map(comparableName) };
}

/** Reads the answer to `show ssl ca-file NAME`. @returns fingerprints, sorted; undefined when the worker has no such name */
export function readShownAuthorities(answer: string): string[] | undefined {
  if (!answer.startsWith('Filename: ')) return undefined;
  const found = [...answer.matchAll(/^SHA1 FingerPrint: ([0-9A-F]{40})$/gm)].map(([, one = '']) => one);
  return [...new Set(found)].sort();
}

/**
 * Reads the answer to `show ssl crl-file NAME`.
 * @returns each revocation list as comparableList() writes it; undefined when the worker has no such name
 */
export function readShownRevocations(answer: string): string[] | undefined {
  if (!answer.startsWith('Filename: ')) return undefined;
  const [, ...lists] = answer.split(/^Certificate Revocation List #\d+:$/m);
  return lists.map((text) => comparableList(shownList(text))).sort();
}

function shownList(text: string): Parameters<typeof comparableList>[0] {
  const date = (name: string): string => new RegExp(`^${name} Update: (.*)$`, 'm').exec(text)?.[1] ?? '';
  const nextUpdate = Date.parse(date('Next'));
  const serials = [...text.matchAll(/^\s*Serial Number: ([0-9A-F]+)$/gm)].map(([, serial = '']) => serial);
  return {
    lastUpdate: Date.parse(date('Last')),
    nextUpdate: Number.isNaN(nextUpdate) ? undefined : nextUpdate,
    serials: serials.map(plainSerial).sort(),
  };
}
