import { InvalidInput } from '../../errors.ts';

declare const brand: unique symbol;
/** A plain file name that ends in `.pem`, has no separator and isn't hidden. */
export type CertificateName = string & { readonly [brand]: 'certificate name' };

/** At most 255 bytes, the limit of file systems. */
const NAME = /^\w[\w.-]{0,250}\.pem$/;

/** Parses the name of a certificate of a load balancer. @throws InvalidInput for any other text */
export function certificateName(text: string): CertificateName {
  if (!NAME.test(text)) {
    throw new InvalidInput(
      'certificate-name',
      `${JSON.stringify(text)} is not a plain file name that ends in .pem`,
    );
  }
  return text as CertificateName;
}
