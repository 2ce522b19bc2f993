import { createHash } from 'node:crypto';
import { md5 } from '@noble/hashes/legacy.js';

/**
 * Returns the MD5 of bytes as hexadecimal digits, for the ETag of uploads. It is a checksum, not a protection. OpenSSL
 * refuses MD5 in FIPS mode; a JavaScript implementation then computes it.
 */
export function md5Hex(bytes: Uint8Array): string {
  try {
    return createHash('md5').update(bytes).digest('hex');
  } catch {
    return Buffer.from(md5(bytes)).toString('hex');
  }
}
