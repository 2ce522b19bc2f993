import { authoritiesFault, type ClientKind } from '../certificates/authorities-fault.ts';
import { authoritiesValidity, validitiesIn } from '../certificates/certificate-validity.ts';
import { type Finding, ok } from './finding.ts';

/** A file with the authorities of clients. */
export interface AuthoritiesFile {
  readonly file: string;
  readonly signs: ClientKind;
  /** its content */
  readonly pem: string;
}

/** Judges whether clients can be let in. A file without certificates is for another check. */
export function judgeAuthorities({ file, signs, pem }: AuthoritiesFile, now: Date): Finding[] {
  const validity = authoritiesValidity(validitiesIn(pem), now);
  if (validity === undefined) return [];
  const faults = authoritiesFault({ name: file, signs, ...validity }, now);
  if (faults.length === 0)
    return [ok(file, `the authorities of ${signs} are valid until ${validity.notAfter.toISOString()}`)];
  const state = signs === 'controllers' ? 'broken' : 'degraded';
  return faults.map(({ message, remedy }) => ({ state, subject: file, message, remedy }));
}
