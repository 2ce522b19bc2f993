import type { Validity } from './certificate-validity.ts';

/** The clients of the API, by the option that names the file with their authorities. */
export type ClientKind = 'controllers' | 'clients for monitoring';

const OPTION: Record<ClientKind, string> = {
  controllers: 'agent_server_ca',
  'clients for monitoring': 'agent_monitor_ca',
};

/** Authorities of clients, with the validity that authoritiesValidity() returns. */
export interface ClientAuthorities extends Validity {
  /** path of their file */
  readonly name: string;
  readonly signs: ClientKind;
}

/** Returns why the authorities lock all their clients out, and what to do; nothing while one of them is valid. */
export function authoritiesFault(
  { name, signs, notBefore, notAfter }: ClientAuthorities,
  now: Date,
): { readonly message: string; readonly remedy: string }[] {
  const what = `the authorities of ${signs} in ${name} (${OPTION[signs]})`;
  const remedy = 'put an authority that is valid into the file, or fail the amphora over';
  if (notAfter <= now) {
    const message = `${what} expired, the last on ${notAfter.toISOString()}, so the agent refuses all ${signs}`;
    return [{ message, remedy }];
  }
  if (notBefore <= now) return [];
  const message = `${what} are not valid before ${notBefore.toISOString()}, and the clock shows ${now.toISOString()}, so the agent refuses all ${signs}`;
  return [{ message, remedy: `correct the clock of the amphora, or ${remedy}` }];
}
