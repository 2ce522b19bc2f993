import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { md5Hex } from '../../../../src/domain/text/md5.ts';

const VECTORS = [
  ['', 'd41d8cd98f00b204e9800998ecf8427e'],
  ['abc', '900150983cd24fb0d6963f7d28e17f72'],
  ['message digest', 'f96b697d7cb7938d525a2f31aaf161d0'],
] as const;

const IN_FIPS_MODE = `
  import { createHash, setFips } from 'node:crypto';
  import { md5Hex } from ${JSON.stringify(path.resolve('src/domain/text/md5.ts'))};
  setFips(true);
  let native = 'works';
  try { createHash('md5'); } catch (error) { native = error.code; }
  console.log(native, md5Hex(Buffer.from('abc')));`;

describe('md5Hex', () => {
  it.each(VECTORS)('of %j is %s (RFC 1321)', (text, digest) => {
    expect(md5Hex(Buffer.from(text))).toBe(digest);
  });

  it('works if OpenSSL runs in FIPS mode', () => {
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', IN_FIPS_MODE], {
      encoding: 'utf8',
    });
    expect(output.trim()).toBe('ERR_OSSL_EVP_UNSUPPORTED 900150983cd24fb0d6963f7d28e17f72');
  });
});
