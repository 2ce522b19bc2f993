import { InvalidInput } from '../../errors.ts';

declare const brand: unique symbol;
/** A plain file name ending in `.pem`: never hidden, never with a separator. */
export type CertificateName = string & { readonly [brand]: 'certificate name' };

/** 255 bytes are what file systems take. */
const NAME = /^\w[\w.-]{0,250}\.pem$/;

/** @throws InvalidInput unless the text names a certificate of a load balancer (contract section 3) */
export function certificateName(text: string): CertificateName {
  if (!NAME.test(text)) {
    throw new InvalidInput('certificate-name', `${JSON.stringify(text)} is no plain file name in .pem`);
  }
  return text as CertificateName;
}
