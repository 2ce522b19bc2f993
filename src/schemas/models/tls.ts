import { z } from 'zod';
import { unknownCiphers } from '../../domain/certificates/tls-ciphers.ts';
import {
  certificatesOf,
  readTlsContainer,
  revocationListsOf,
  type TlsContainer,
} from '../../domain/certificates/tls-container.ts';
import { listOf, oneOf, optional, text, withDefault } from './scalars.ts';

const container = z.object({
  id: optional(z.string()),
  primary_cn: optional(z.string()),
  certificate: z.string(),
  private_key: optional(z.string()),
  passphrase: optional(z.string()),
  intermediates: listOf(z.string()),
});

/** A certificate with its key. A key with a passphrase is decrypted. A key of another certificate is refused. */
export const tlsContainer = container.transform((given, context): TlsContainer => {
  const reading = readTlsContainer(given);
  if (!('field' in reading)) return reading;
  context.issues.push({ code: 'custom', path: [reading.field], message: reading.message, input: given });
  return z.NEVER;
});
export type TlsContainerModel = TlsContainer;

/** One or more PEM blocks of one kind. */
const pemText = (blocksOf: (pem: string) => readonly string[], what: string) =>
  z.string().transform((given, context): string => {
    const blocks = blocksOf(given);
    if (blocks.length > 0) return blocks.join('\n');
    context.issues.push({ code: 'custom', message: `not ${what} in PEM`, input: given });
    return z.NEVER;
  });

export const caCertificates = pemText(certificatesOf, 'certificates');
/** Revocation lists. Only haproxy checks their content. */
export const revocationLists = pemText(revocationListsOf, 'certificate revocation lists');

/**
 * The TLS versions, the oldest first. Octavia's list also has SSLv3, which no current OpenSSL supports, so it is refused.
 */
const TLS_VERSIONS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;
export type TlsVersion = (typeof TLS_VERSIONS)[number];

/** Returns the oldest and the newest of some versions. Versions between the two are in use too. */
export function versionRange(versions: readonly TlsVersion[]): [TlsVersion, TlsVersion] {
  const sorted = TLS_VERSIONS.filter((version) => versions.includes(version));
  return [sorted[0] ?? 'TLSv1.2', sorted.at(-1) ?? 'TLSv1.3'];
}

/** Octavia's defaults ([api_settings] default_listener_…, default_pool_…). TLS negotiates a range, so gaps are refused. */
export const tlsVersions = withDefault(
  z
    .array(oneOf(TLS_VERSIONS))
    .transform((versions) => TLS_VERSIONS.filter((version) => versions.includes(version)))
    .refine((versions) => versions.length > 0, 'names no version')
    .refine((versions) => {
      const [oldest, newest] = versionRange(versions);
      return TLS_VERSIONS.indexOf(newest) - TLS_VERSIONS.indexOf(oldest) === versions.length - 1;
    }, 'leaves out a version between two others'),
  ['TLSv1.2', 'TLSv1.3'],
);
export const alpnProtocols = withDefault(z.array(oneOf(['h2', 'http/1.1', 'http/1.0'])), [
  'h2',
  'http/1.1',
  'http/1.0',
]);

/**
 * An OpenSSL cipher list (openssl-ciphers(1)). Names that begin with `TLS_` are TLS 1.3 suites. OpenSSL ignores unknown
 * names, so they are refused here. The default is Octavia 17's: only authenticated encryption
 * (releasenotes/notes/Updated-default-TLS-cipher-suites-7359fe87fc246618.yaml).
 */
export const tlsCiphers = withDefault(
  text
    .regex(/^[!+-]?[A-Z0-9][\w+.=@-]*(?::[!+-]?[A-Z0-9@][\w+.=@-]*)*$/i, {
      error: 'not an OpenSSL cipher list',
      abort: true,
    })
    .superRefine((list, context) => {
      const unknown = unknownCiphers(list);
      if (unknown.length === 0) return;
      context.addIssue({ code: 'custom', message: `unknown to OpenSSL: ${unknown.join(', ')}` });
    }),
  [
    ...['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'],
    ...['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'],
    ...['ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-RSA-AES256-GCM-SHA384'],
    ...['ECDHE-ECDSA-CHACHA20-POLY1305', 'ECDHE-RSA-CHACHA20-POLY1305'],
    ...['DHE-RSA-AES128-GCM-SHA256', 'DHE-RSA-AES256-GCM-SHA384', 'DHE-RSA-CHACHA20-POLY1305'],
  ].join(':'),
);
