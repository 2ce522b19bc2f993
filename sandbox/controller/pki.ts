import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runProgram } from '../programs/programs.ts';

/** A throw-away certificate authority: paths of PEM files. */
export interface Authority {
  readonly certificate: string;
  readonly key: string;
}

export interface CertificateRequest {
  /** file name without extension; the PEM file contains certificate and key */
  readonly name: string;
  readonly commonName: string;
  readonly purpose: 'server' | 'client';
  /** alternative names in OpenSSL's notation: `DNS:name`, `IP:address` */
  readonly alternativeNames?: readonly string[];
}

/** The certificates for mutual TLS between a controller and its amphorae: paths of PEM files. */
export interface Pki {
  readonly directory: string;
  readonly serverAuthority: Authority;
  readonly clientAuthority: Authority;
  /** the controller's certificate and key */
  readonly client: string;
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
const VALID_DAYS = 30;

/** Makes both authorities and the controller's certificate, in an existing directory. */
export async function createPki(directory: string): Promise<Pki> {
  const [serverAuthority, clientAuthority] = await Promise.all([
    createAuthority(directory, 'server-ca'),
    createAuthority(directory, 'client-ca'),
  ]);
  const client = await issueCertificate(clientAuthority, directory, {
    name: 'client',
    commonName: 'sandbox-controller',
    purpose: 'client',
  });
  return { directory, serverAuthority, clientAuthority, client };
}

/** Issues the server certificate of an amphora. The controller checks its name, curl checks its addresses. */
export function issueServerCertificate(
  pki: Pki,
  amphoraId: string,
  addresses: readonly string[],
): Promise<string> {
  return issueCertificate(pki.serverAuthority, pki.directory, {
    name: `server-${amphoraId}`,
    commonName: amphoraId,
    purpose: 'server',
    alternativeNames: [`DNS:${amphoraId}`, ...addresses.map((address) => `IP:${address}`)],
  });
}

/** Makes a certificate authority. @returns the paths of NAME.pem and NAME-key.pem */
export async function createAuthority(directory: string, name: string): Promise<Authority> {
  const certificate = path.join(directory, `${name}.pem`);
  const key = path.join(directory, `${name}-key.pem`);
  await runProgram([
    ...['openssl', 'req', '-x509', ...NEW_KEY, '-keyout', key, '-out', certificate],
    ...['-days', `${VALID_DAYS}`, '-subj', `/CN=sandbox ${name}`],
    ...['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
  ] as const);
  return { certificate, key };
}

/** Issues a certificate. @returns the path of NAME.pem, which contains the certificate and then its key */
export async function issueCertificate(
  authority: Authority,
  directory: string,
  request: CertificateRequest,
): Promise<string> {
  const file = path.join(directory, `${request.name}.pem`);
  const key = path.join(directory, `${request.name}-key.pem`);
  const extensions = [
    'basicConstraints=critical,CA:FALSE',
    `extendedKeyUsage=${request.purpose}Auth`,
    ...(request.alternativeNames ? [`subjectAltName=${request.alternativeNames.join(',')}`] : []),
  ];
  const signingRequest = await runProgram([
    ...['openssl', 'req', '-new', ...NEW_KEY, '-keyout', key, '-subj', `/CN=${request.commonName}`],
    ...extensions.flatMap((extension) => ['-addext', extension]),
  ] as const);
  const issued = await runProgram(
    [
      ...['openssl', 'x509', '-req', '-copy_extensions', 'copyall', '-days', `${VALID_DAYS}`],
      ...['-CA', authority.certificate, '-CAkey', authority.key],
    ] as const,
    { input: signingRequest.stdout },
  );
  await writeFile(file, `${issued.stdout}${await readFile(key, 'utf8')}`, { mode: 0o600 });
  return file;
}
