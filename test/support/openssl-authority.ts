import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Authority, issueCertificate } from '../../src/sandbox/pki.ts';
import { runProgram } from '../../src/sandbox/programs.ts';

/** `openssl ca` keeps what it issued and revoked in files of its own. */
export interface RecordingAuthority {
  /** A client's certificate that is valid only from a day of another decade on. @returns path of certificate and key */
  issueForLater(): Promise<string>;
  /** A list of revoked certificates (paths of PEM files). @param days until it runs out; negative for one that has */
  revocationList(revoked: readonly string[], days?: number): Promise<string>;
}

const LATER = ['-startdate', '20900101000000Z', '-enddate', '20910101000000Z'];
const FUTURE = '401231235959Z';

export async function createRecordingAuthority(
  authority: Authority,
  directory: string,
): Promise<RecordingAuthority> {
  const folder = await mkdtemp(path.join(directory, 'records-'));
  const at = (name: string): string => path.join(folder, name);
  await writeFile(at('ca.cnf'), configuration(at));
  await writeFile(at('serial'), '1000\n');
  const ca = [
    ...(['openssl', 'ca', '-batch', '-config', at('ca.cnf')] as const),
    ...['-cert', authority.certificate, '-keyfile', authority.key],
  ] as const;
  return {
    async issueForLater() {
      await writeFile(at('index'), '');
      const known = await issueCertificate(authority, folder, {
        name: 'later',
        commonName: 'controller',
        purpose: 'client',
      });
      const request = [
        ...(['openssl', 'x509', '-x509toreq', '-in', known, '-signkey', known] as const),
      ] as const;
      await writeFile(at('later.csr'), (await runProgram(request)).stdout);
      const issued = await runProgram([...ca, '-in', at('later.csr'), '-notext', ...LATER]);
      await writeFile(known, `${issued.stdout}${await readFile(at('later-key.pem'), 'utf8')}`);
      return known;
    },
    async revocationList(revoked, days = 30) {
      const lines = await Promise.all(revoked.map(async (file) => record(await readFile(file))));
      await writeFile(at('index'), lines.join(''));
      const validity =
        days > 0
          ? ['-crldays', `${days}`]
          : ['-crl_lastupdate', '20200101000000Z', '-crl_nextupdate', '20200201000000Z'];
      return (await runProgram([...ca, '-gencrl', ...validity])).stdout;
    },
  };
}

/** A line of OpenSSL's index: status, end of validity, time of revocation, serial number, file, subject. */
function record(pem: Buffer): string {
  const { serialNumber } = new X509Certificate(pem);
  return ['R', FUTURE, '250101000000Z', serialNumber, 'unknown', '/CN=controller'].join('\t').concat('\n');
}

const configuration = (at: (name: string) => string): string => `[ca]
default_ca = records
[records]
database = ${at('index')}
serial = ${at('serial')}
new_certs_dir = ${path.dirname(at('x'))}
default_md = sha256
policy = anything
x509_extensions = client
[anything]
commonName = supplied
[client]
extendedKeyUsage = clientAuth
`;
