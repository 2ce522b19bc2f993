import { PRIVATE_KEY } from './certificates/pem.ts';

const HIDDEN = '<hidden>';
const CHANGED = '<hidden, not the one in force>';

/** Beside private keys, passwords of keepalived's VRRP. */
const SECRETS = new RegExp(`${PRIVATE_KEY.source}|(?<=^[ \\t]*auth_pass[ \\t]+)\\S.*`, 'gm');

/** A text without its secrets. @param inForce secrets of this text are told from others, whose change would not show */
export function withoutSecrets(text: string, inForce = text): string {
  const known = new Set(inForce.match(SECRETS));
  return text.replace(SECRETS, (secret) => (known.has(secret) ? HIDDEN : CHANGED));
}
