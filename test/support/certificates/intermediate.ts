import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Authority } from '../../../sandbox/controller/pki.ts';
import { runProgram } from '../../../sandbox/programs/programs.ts';

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'] as const;

/**
 * Has an authority sign another one.
 * @param signed an authority whose name and key get a second certificate; undefined: a new authority
 */
export async function createIntermediate(
  by: Authority,
  directory: string,
  name: string,
  signed?: Authority,
): Promise<Authority> {
  const at = (ending: string): string => path.join(directory, `${name}${ending}`);
  const key = signed?.key ?? at('-key.pem');
  const request = signed
    ? (['openssl', 'x509', '-x509toreq', '-in', signed.certificate, '-signkey', key] as const)
    : (['openssl', 'req', '-new', ...NEW_KEY, '-keyout', key, '-subj', `/CN=${name}`] as const);
  await writeFile(at('.ext'), 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n');
  const issued = await runProgram(
    [
      ...(['openssl', 'x509', '-req', '-days', '30', '-extfile', at('.ext')] as const),
      ...['-CA', by.certificate, '-CAkey', by.key],
    ],
    { input: (await runProgram(request)).stdout },
  );
  await writeFile(at('.pem'), issued.stdout);
  return { certificate: at('.pem'), key };
}

/** Returns the text of a client's PEM, followed by the certificates of authorities that the client sends too. */
export async function withChain(client: string, ...authorities: readonly Authority[]): Promise<string> {
  const files = [client, ...authorities.map(({ certificate }) => certificate)];
  return (await Promise.all(files.map((file) => readFile(file, 'utf8')))).join('\n');
}
