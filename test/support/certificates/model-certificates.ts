import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Authority, issueCertificate } from '../../../sandbox/controller/pki.ts';

/** A certificate as a model contains it, and as TLS libraries read it. */
export interface ModelCertificate {
  /** octavia-lib's TLS container */
  readonly container: { readonly certificate: string; readonly private_key: string };
  readonly cert: string;
  readonly key: string;
  readonly file: string;
}

/** @param names DNS names; the first is the common name */
export async function modelCertificate(
  authority: Authority,
  directory: string,
  {
    names,
    purpose = 'server',
  }: { readonly names: readonly [string, ...string[]]; readonly purpose?: 'server' | 'client' },
): Promise<ModelCertificate> {
  const name = randomUUID();
  const file = await issueCertificate(authority, directory, {
    name,
    commonName: names[0],
    purpose,
    alternativeNames: names.map((one) => `DNS:${one}`),
  });
  const pem = await readFile(file, 'utf8');
  const end = pem.indexOf('-----BEGIN PRIVATE KEY-----');
  const [cert, key] = [pem.slice(0, end), pem.slice(end)];
  return { container: { certificate: cert, private_key: key }, cert, key, file };
}

/** Returns the PEM of an authority's revocation list with these certificates. */
export async function revocationList(
  authority: Authority,
  directory: string,
  revoked: readonly ModelCertificate[],
): Promise<string> {
  const name = path.join(directory, randomUUID());
  const config = `${name}.cnf`;
  await writeFile(`${name}.txt`, '');
  const lines = [
    '[ca]',
    'default_ca=own',
    '[own]',
    `database=${name}.txt`,
    'default_md=sha256',
    'default_crl_days=30',
  ];
  await writeFile(config, `${lines.join('\n')}\n`);
  const ca = ['ca', '-config', config, '-cert', authority.certificate, '-keyfile', authority.key];
  const run = promisify(execFile);
  for (const { file } of revoked) await run('openssl', [...ca, '-revoke', file]);
  return (await run('openssl', [...ca, '-gencrl'])).stdout;
}
