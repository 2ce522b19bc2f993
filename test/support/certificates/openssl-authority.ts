import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  type Authority,
  type CertificateRequest,
  issueCertificate,
} from '../../../sandbox/controller/pki.ts';
import { runProgram } from '../../../sandbox/programs/programs.ts';

/** An authority that uses `openssl ca`, which stores issued and revoked certificates in files of its own. */
export interface RecordingAuthority {
  /** Issues a certificate that was valid years ago, or will be. @returns path of certificate and key */
  issueFor(time: 'past' | 'future', request: CertificateRequest): Promise<string>;
  /** Makes a list of revoked certificates (paths of PEM files). @param days until it expires, negative if it has */
  revocationList(revoked: readonly string[], days?: number): Promise<string>;
}

const VALIDITY = {
  past: ['-startdate', '20200101000000Z', '-enddate', '20210101000000Z'],
  future: ['-startdate', '20900101000000Z', '-enddate', '20910101000000Z'],
} as const;
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
    async issueFor(time, request) {
      await writeFile(at('index'), '');
      const known = await issueCertificate(authority, folder, request);
      const toRequest = ['openssl', 'x509', '-x509toreq', '-copy_extensions', 'copyall'] as const;
      const asked = await runProgram([...toRequest, '-in', known, '-signkey', known]);
      await writeFile(at('request'), asked.stdout);
      const issued = await runProgram([...ca, '-in', at('request'), '-notext', ...VALIDITY[time]]);
      await writeFile(known, `${issued.stdout}${await readFile(at(`${request.name}-key.pem`), 'utf8')}`);
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
copy_extensions = copyall
[anything]
commonName = supplied
`;
