import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

let count = 0;

/** Makes a self-signed certificate in a directory. @param names DNS names @returns certificate and key in PEM */
export function namedCertificate(directory: string, ...names: readonly string[]): string {
  count += 1;
  const file = path.join(directory, `named-${count}.pem`);
  const parameters = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc', '-days', '1'];
  const alternative = names.map((name) => `DNS:${name}`).join(',');
  const subject = ['-subj', `/O=named ${count}`, '-addext', `subjectAltName=${alternative}`];
  execFileSync(
    'openssl',
    ['req', '-x509', ...parameters, ...subject, '-keyout', file, '-out', `${file}.crt`],
    {
      stdio: 'pipe',
    },
  );
  return `${readFileSync(`${file}.crt`, 'utf8')}${readFileSync(file, 'utf8')}`;
}
