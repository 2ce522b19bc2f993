import { createSecretKey, type KeyObject } from 'node:crypto';

/**
 * Creates a function that returns the HMAC key of a heartbeat_key: its UTF-8 bytes. It keeps the last one, because making a key takes
 * as long as a signature.
 */
export function createSigningKeys(): (heartbeatKey: string) => KeyObject {
  let last: { readonly text: string; readonly key: KeyObject } | undefined;
  return (text) => {
    if (last?.text !== text) last = { text, key: createSecretKey(Buffer.from(text, 'utf8')) };
    return last.key;
  };
}
