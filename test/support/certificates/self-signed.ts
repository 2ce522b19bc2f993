import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

/** @returns a key and a certificate for 127.0.0.1 that no authority has signed; both are made in the directory */
export function selfSigned(directory: string, days = 1): { key: string; cert: string } {
  const [key, cert] = [path.join(directory, 'self-signed-key.pem'), path.join(directory, 'self-signed.pem')];
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', `${days}`];
  const parameters = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc'];
  const files = ['-keyout', key, '-out', cert];
  execFileSync('openssl', ['req', '-x509', ...parameters, ...subject, ...files], { stdio: 'pipe' });
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
}
