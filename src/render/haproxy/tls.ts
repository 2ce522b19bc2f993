import type { ListenerModel } from '../../schemas/models/listener.ts';
import type { PoolModel } from '../../schemas/models/pool.ts';
import { TLS_VERSIONS, type TlsVersion } from '../../schemas/models/tls.ts';
import type { CertificateStore } from './certificates.ts';
import { word } from './quoting.ts';

const SWITCHED_OFF: Record<TlsVersion, string> = {
  SSLv3: 'no-sslv3',
  TLSv1: 'no-tlsv10',
  'TLSv1.1': 'no-tlsv11',
  'TLSv1.2': 'no-tlsv12',
  'TLSv1.3': 'no-tlsv13',
};
/** OpenSSL 3 has them only without its security level. */
const WEAK_VERSIONS: readonly TlsVersion[] = ['SSLv3', 'TLSv1', 'TLSv1.1'];
const VERIFY = { NONE: 'none', OPTIONAL: 'optional', MANDATORY: 'required' } as const;

type Negotiation = Pick<ListenerModel, 'tls_ciphers' | 'tls_versions'>;

/** Whether a listener takes TLS connections apart itself; the metrics exporter may. */
export const terminatesTls = (listener: ListenerModel): boolean =>
  listener.protocol === 'TERMINATED_HTTPS' ||
  (listener.protocol === 'PROMETHEUS' && listener.default_tls_container_data !== undefined);

/** What stands behind the address of a `bind`: empty without TLS. */
export function bindOptions(listener: ListenerModel, store: CertificateStore): string[] {
  if (!terminatesTls(listener)) return [];
  return [
    ...['ssl', 'crt-list', word(store.addList(listener))],
    ...clientAuthentication(listener, store),
    ...negotiation(listener),
    ...alpn(listener.alpn_protocols),
  ];
}

function clientAuthentication(listener: ListenerModel, store: CertificateStore): string[] {
  const { client_authentication, client_ca_tls_container_data, client_crl_container_data } = listener;
  if (client_authentication === 'NONE' || client_ca_tls_container_data === undefined) return [];
  return [
    ...['ca-file', word(store.addText(client_ca_tls_container_data))],
    ...['verify', VERIFY[client_authentication]],
    ...(client_crl_container_data === undefined
      ? []
      : ['crl-file', word(store.addText(client_crl_container_data))]),
  ];
}

/** Suites of TLS 1.3 are a list of their own for OpenSSL: in the other one they would do nothing. */
function negotiation({ tls_ciphers, tls_versions }: Negotiation): string[] {
  const names = tls_ciphers.split(':');
  const suites = names.filter((name) => name.startsWith('TLS_'));
  const ciphers = names.filter((name) => !name.startsWith('TLS_'));
  const isWeak = tls_versions.some((version) => WEAK_VERSIONS.includes(version));
  if (ciphers.length > 0 && isWeak) ciphers.push('@SECLEVEL=0');
  return [
    ...(ciphers.length === 0 ? [] : ['ciphers', word(ciphers.join(':'))]),
    ...(suites.length === 0 ? [] : ['ciphersuites', word(suites.join(':'))]),
    ...TLS_VERSIONS.filter((version) => !tls_versions.includes(version)).map(
      (version) => SWITCHED_OFF[version],
    ),
  ];
}

const alpn = (protocols: readonly string[]): string[] =>
  protocols.length === 0 ? [] : ['alpn', word(protocols.join(','))];

/** How TLS is spoken to the members of a pool: empty where it isn't. */
export function serverOptions(
  pool: PoolModel,
  speaks: { readonly mode: 'http' | 'tcp'; readonly sni: string | undefined },
  store: CertificateStore,
): string[] {
  if (!pool.tls_enabled) return [];
  return [
    'ssl',
    ...(pool.tls_container_data === undefined
      ? []
      : ['crt', word(store.addContainer(pool.tls_container_data))]),
    ...memberVerification(pool, store),
    ...(speaks.sni === undefined ? [] : ['sni', word(speaks.sni)]),
    ...negotiation(pool),
    // What passes through unread is in the client's protocol, which haproxy can't choose for it.
    ...(speaks.mode === 'http' ? alpn(pool.alpn_protocols) : []),
  ];
}

function memberVerification(pool: PoolModel, store: CertificateStore): string[] {
  const { ca_tls_container_data, crl_container_data } = pool;
  if (ca_tls_container_data === undefined) return ['verify', 'none'];
  return [
    ...['verify', 'required', 'ca-file', word(store.addText(ca_tls_container_data))],
    ...(crl_container_data === undefined ? [] : ['crl-file', word(store.addText(crl_container_data))]),
  ];
}
