import { createHash } from 'node:crypto';
import { md5 } from '@noble/hashes/legacy.js';

/**
 * MD5 of bytes in hex: the ETag of uploads (contract section 2), a checksum and no protection. OpenSSL refuses it in
 * FIPS mode, where a JavaScript implementation takes its place.
 */
export function md5Hex(bytes: Uint8Array): string {
  try {
    return createHash('md5').update(bytes).digest('hex');
  } catch {
    return Buffer.from(md5(bytes)).toString('hex');
  }
}
