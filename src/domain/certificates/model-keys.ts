import { isRecord } from '../text/json-shapes.ts';
import { PRIVATE_KEY } from './pem.ts';

const PRIVATE_KEYS = new RegExp(PRIVATE_KEY, 'g');

/** Fields of TLS containers that never leave the amphora (octavia-lib's provider data model). */
const SECRET_FIELDS: ReadonlySet<string> = new Set(['private_key', 'passphrase']);

/** Fields that hold a TLS container with a key, or a list of such containers. */
const CONTAINERS: ReadonlySet<string> = new Set([
  'default_tls_container_data',
  'sni_container_data',
  'tls_container_data',
]);

const CERTIFICATES = /-----BEGIN CERTIFICATE-----([\s\S]+?)-----END CERTIFICATE-----/g;

/** Returns a model as it is stored and served: its certificates without their keys. @param model parsed JSON */
export function withoutKeys(model: unknown): unknown {
  if (typeof model === 'string') return model.replace(PRIVATE_KEYS, '');
  if (Array.isArray(model)) return model.map(withoutKeys);
  if (!isRecord(model)) return model;
  const kept = Object.entries(model).filter(([name]) => !SECRET_FIELDS.has(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, withoutKeys(value)]));
}

/**
 * Adds the installed private key to each certificate that comes without a key.
 * @param model parsed JSON
 * @param installed PEM texts, each of a certificate with its key; the certificate stands before its chain
 */
export function withInstalledKeys(model: unknown, installed: readonly string[]): unknown {
  const withKeys = installed.filter((pem) => PRIVATE_KEY.test(pem));
  const keys = new Map(withKeys.map((pem) => [certificatesIn(pem)[0], PRIVATE_KEY.exec(pem)?.[0]]));
  const completed = (container: unknown): unknown => {
    if (Array.isArray(container)) return container.map(completed);
    if (!isRecord(container) || !isAbsent(container['private_key'])) return container;
    const key = certificatesIn(container['certificate'])
      .map((certificate) => keys.get(certificate))
      .find((found) => found !== undefined);
    return key === undefined ? container : { ...container, private_key: key, passphrase: null };
  };
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk);
    if (!isRecord(value)) return value;
    const entries = Object.entries(value);
    return Object.fromEntries(
      entries.map(([name, inner]) => [name, CONTAINERS.has(name) ? completed(inner) : walk(inner)]),
    );
  };
  return walk(model);
}

/** Returns the base64 content of each certificate of a text. It identifies a certificate however its lines are broken. */
const certificatesIn = (pem: unknown): string[] =>
  typeof pem === 'string'
    ? [...pem.matchAll(CERTIFICATES)].map(([, base64 = '']) => base64.replaceAll(/\s/g, ''))
    : [];

const isAbsent = (value: unknown): boolean => value === undefined || value === null;
