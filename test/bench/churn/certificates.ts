import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Authority } from '../../../sandbox/controller/pki.ts';
import { runProgram } from '../../../sandbox/programs/programs.ts';

export const SERVER_NAME = 'www.example.org';
const AT_ONCE = 4;
const VALID_DAYS = '30';
/** Serial numbers of 16 hexadecimal digits, so that OpenSSL and Node show them alike. */
const FIRST_SERIAL = 0x1000000000000000n;

/** A certificate as a controller uploads it. */
export interface RotatedCertificate {
  /** the SHA-1 of the certificate, by which Octavia names its file */
  readonly name: string;
  /** in capital hexadecimal digits */
  readonly serial: string;
  /** certificate and key */
  readonly pem: string;
}

/** Issues certificates for one name, each with a key and a serial number of its own. */
export async function issueCertificates(
  authority: Authority,
  directory: string,
  count: number,
): Promise<RotatedCertificate[]> {
  const folder = await mkdtemp(path.join(directory, 'rotated-'));
  const issued: RotatedCertificate[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++)
      issued[index] = await issue(authority, path.join(folder, `${index}`), FIRST_SERIAL + BigInt(index));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  await rm(folder, { recursive: true });
  return issued;
}

async function issue(authority: Authority, file: string, number: bigint): Promise<RotatedCertificate> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  await writeFile(file, publicKey.export({ type: 'spki', format: 'pem' }));
  const serial = number.toString(16).toUpperCase();
  const { stdout } = await runProgram([
    ...(['openssl', 'x509', '-new', '-force_pubkey', file, '-subj', `/CN=${SERVER_NAME}`] as const),
    ...[
      '-CA',
      authority.certificate,
      '-CAkey',
      authority.key,
      '-set_serial',
      `0x${serial}`,
      '-days',
      VALID_DAYS,
    ],
  ]);
  const pem = `${stdout}${privateKey.export({ type: 'pkcs8', format: 'pem' })}`;
  return { name: createHash('sha1').update(stdout).digest('hex'), serial, pem };
}
