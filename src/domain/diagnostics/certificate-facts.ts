import { X509Certificate } from 'node:crypto';
import { reasonOf } from '../../errors.ts';

/** The public facts of one certificate in a PEM text. */
export interface CertificateFacts {
  readonly subject: string;
  readonly issuer: string;
  readonly subjectAltName: string | undefined;
  readonly serialNumber: string;
  /** ISO 8601 */
  readonly validFrom: string;
  /** ISO 8601 */
  readonly validTo: string;
  /** SHA-256 of the certificate, in hex with colons */
  readonly fingerprint256: string;
}

const CERTIFICATE = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----[\s\S]+?-----END (?:TRUSTED )?CERTIFICATE-----/g;

/** Returns the facts of each certificate in a PEM text. It never returns a part of a key. */
export function certificateFacts(pem: string): (CertificateFacts | { readonly unreadable: string })[] {
  return [...pem.matchAll(CERTIFICATE)].map(([text]) => {
    try {
      return factsOf(new X509Certificate(text));
    } catch (error) {
      return { unreadable: reasonOf(error) };
    }
  });
}

const oneLine = (name: string): string => name.replaceAll('\n', ', ');

const factsOf = (certificate: X509Certificate): CertificateFacts => ({
  subject: oneLine(certificate.subject),
  issuer: oneLine(certificate.issuer),
  subjectAltName: certificate.subjectAltName,
  serialNumber: certificate.serialNumber,
  validFrom: certificate.validFromDate.toISOString(),
  validTo: certificate.validToDate.toISOString(),
  fingerprint256: certificate.fingerprint256,
});
