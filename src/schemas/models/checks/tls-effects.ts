import { chosenCiphers, isTls13Suite } from '../../../domain/certificates/tls-ciphers.ts';
import type { TlsVersion } from '../tls.ts';

/** The place of a value in a model. */
export type Path = readonly PropertyKey[];
/** Reports a fault of the value at a place. */
export type Fault = (path: Path, message: string) => void;

/** Refuses a cipher list without a cipher for the versions: OpenSSL would use its default ciphers instead. */
export function checkVersions(
  {
    tls_ciphers,
    tls_versions,
  }: { readonly tls_ciphers: string; readonly tls_versions: readonly TlsVersion[] },
  fault: Fault,
): void {
  const chosen = chosenCiphers(tls_ciphers);
  const isUsable = chosen.some((name) =>
    tls_versions.some((version) => (version === 'TLSv1.3') === isTls13Suite(name)),
  );
  if (!isUsable) fault(['tls_ciphers'], `names no cipher for ${tls_versions.join(', ')}`);
}

type Referring<Name extends string> = { readonly [Field in `${Name}_ref` | `${Name}_data`]?: unknown };

/** Requires the certificate itself whenever its reference is present. */
export function requireReferred<Name extends string>(
  object: Referring<Name>,
  names: readonly Name[],
  fault: Fault,
): void {
  for (const name of names) {
    if (object[`${name}_ref`] !== undefined && object[`${name}_data`] === undefined)
      fault([`${name}_data`], `required for ${name}_ref`);
  }
}
