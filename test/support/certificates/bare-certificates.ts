import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
const NO_IDENTIFIERS = ['subjectKeyIdentifier=none', 'authorityKeyIdentifier=none'];

/** An authority and a client's certificate without key identifiers (SKI, AKI), as old controllers made them. */
export async function createBareClient(
  directory: string,
): Promise<{ readonly authority: string; readonly client: string }> {
  const at = (name: string): string => path.join(directory, `bare-${name}`);
  await writeFile(at('request.cnf'), '[req]\ndistinguished_name = name\n[name]\n');
  await writeFile(at('client.ext'), `${NO_IDENTIFIERS.join('\n')}\nextendedKeyUsage = clientAuth\n`);
  const openssl = (...args: string[]): string => execFileSync('openssl', args, { stdio: 'pipe' }).toString();
  const request = ['req', '-config', at('request.cnf'), ...NEW_KEY];
  openssl(
    ...[...request, '-x509', '-subj', '/CN=bare authority', '-keyout', at('ca.key'), '-out', at('ca.pem')],
    ...['basicConstraints=critical,CA:TRUE', ...NO_IDENTIFIERS].flatMap((text) => ['-addext', text]),
  );
  openssl(
    ...request,
    '-new',
    '-subj',
    '/CN=controller',
    '-keyout',
    at('client.key'),
    '-out',
    at('client.csr'),
  );
  const client = openssl(
    ...['x509', '-req', '-in', at('client.csr'), '-extfile', at('client.ext')],
    ...['-CA', at('ca.pem'), '-CAkey', at('ca.key')],
  );
  return {
    authority: await readFile(at('ca.pem'), 'utf8'),
    client: client + (await readFile(at('client.key'), 'utf8')),
  };
}
