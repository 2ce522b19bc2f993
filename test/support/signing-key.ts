import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';

/** A home of gpg with one secret key, which has no passphrase. */
export interface SigningKey {
  /** for programs that sign */
  readonly environment: Readonly<Record<string, string>>;
  remove(): Promise<void>;
}

/** @param address of the key's owner */
export async function createSigningKey(address: string): Promise<SigningKey> {
  // the path of the agent's socket has at most 107 bytes
  const home = await mkdtemp('/tmp/gpg-');
  const environment = { GNUPGHOME: home };
  const env = { ...process.env, ...environment };
  const owner = `Cloud Team <${address}>`;
  const argv = [
    '--batch',
    '--quiet',
    '--passphrase',
    '',
    '--quick-generate-key',
    owner,
    'ed25519',
    'sign',
    'never',
  ];
  execFileSync('gpg', argv, { env, stdio: 'pipe' });
  return {
    environment,
    async remove() {
      execFileSync('gpgconf', ['--kill', 'gpg-agent'], { env });
      await rm(home, { recursive: true, force: true });
    },
  };
}
