import { PRIVATE_KEY } from './certificates/pem.ts';

const HIDDEN = '<hidden>';
const CHANGED = '<hidden, not the one in force>';

/** Private keys, and the passwords of keepalived's VRRP. */
const SECRETS = new RegExp(`${PRIVATE_KEY.source}|(?<=^[ \\t]*auth_pass[ \\t]+)\\S.*`, 'gm');

/**
 * Returns a text with its secrets hidden.
 * @param inForce the text in force: a secret that it doesn't contain is marked as changed
 */
export function withoutSecrets(text: string, inForce = text): string {
  const known = new Set(inForce.match(SECRETS));
  return text.replace(SECRETS, (secret) => (known.has(secret) ? HIDDEN : CHANGED));
}
