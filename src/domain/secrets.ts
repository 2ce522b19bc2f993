const HIDDEN = '<hidden>';
const CHANGED = '<hidden, not the one in force>';

/** PEM private keys (RFC 7468), also one without an end; passwords of keepalived's VRRP. */
const SECRETS =
  /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----(?:[\s\S]*?-----END [A-Z0-9 ]*PRIVATE KEY-----|[\s\S]*)|(?<=^[ \t]*auth_pass[ \t]+)\S.*/gm;

/** A text without its secrets. @param inForce secrets of this text are told from others, whose change would not show */
export function withoutSecrets(text: string, inForce = text): string {
  const known = new Set(inForce.match(SECRETS));
  return text.replace(SECRETS, (secret) => (known.has(secret) ? HIDDEN : CHANGED));
}
