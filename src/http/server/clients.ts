import { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { type DetailedPeerCertificate, TLSSocket } from 'node:tls';
import { certificatesIn } from '../../domain/certificates/certificate-authorities.ts';
import { authorityOf, type ClientAuthority } from '../../domain/certificates/client-authority.ts';
import type { TlsMaterial } from './server.ts';

/** A certificate, as logs name it. */
export interface ClientCertificate {
  /** on one line */
  readonly subject: string;
  /** in hex */
  readonly serial: string;
  /** SHA-256 in hex, without separators */
  readonly fingerprint: string;
}

/** The facts about a client that its certificate proves. */
export interface Clients {
  /** Returns the authority of a connection's client. The first call for a connection decides for all its requests. */
  authorityOf(socket: Socket): ClientAuthority;
  /**
   * Returns the certificate of a connection's client; undefined if it has none (development only).
   * @param socket null: Node has parted the request from its closed connection, so the client is unknown
   */
  certificateOf(socket: Socket | null): ClientCertificate | undefined;
}

/** The longest chain that is examined. OpenSSL accepts no longer one. */
const LONGEST_CHAIN = 100;

/** @param current returns the TLS settings in force */
export function createClients(current: () => TlsMaterial): Clients {
  const decided = new WeakMap<Socket, ClientAuthority>();
  const certificates = new WeakMap<Socket, ClientCertificate | undefined>();
  let parsed: { readonly pem: string; readonly authorities: readonly X509Certificate[] } | undefined;
  const controllers = (pem: string): readonly X509Certificate[] => {
    if (parsed?.pem !== pem) parsed = { pem, authorities: certificatesIn(pem) };
    return parsed.authorities;
  };
  const decide = (socket: Socket): ClientAuthority => {
    // only the socket for local commands has no TLS, and only root reaches it
    if (!(socket instanceof TLSSocket)) return 'controller';
    const { clientAuthorities, monitorAuthorities } = current();
    if (monitorAuthorities === undefined || clientAuthorities === undefined) return 'controller';
    const chain = chainOf(socket.getPeerCertificate(true));
    return authorityOf(chain, controllers(clientAuthorities), new Date());
  };
  return {
    authorityOf(socket) {
      const authority = decided.get(socket) ?? decide(socket);
      decided.set(socket, authority);
      return authority;
    },
    certificateOf(socket) {
      if (socket === null) return undefined;
      if (!certificates.has(socket)) certificates.set(socket, readCertificate(socket));
      return certificates.get(socket);
    },
  };
}

/** Stands for the certificate of a command that root runs on the amphora. */
export const LOCAL_CLIENT: ClientCertificate = {
  subject: 'root on the amphora',
  serial: '',
  fingerprint: '',
};

/** The longest subject that is kept, in characters. */
const LONGEST_SUBJECT = 500;

function readCertificate(socket: Socket): ClientCertificate | undefined {
  if (!(socket instanceof TLSSocket)) return LOCAL_CLIENT;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  return {
    subject: (certificate.subject ?? '').replaceAll('\n', ', ').slice(0, LONGEST_SUBJECT),
    serial: certificate.serialNumber,
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
  };
}

/**
 * Returns a certificate and its issuers, as far as the client has sent them or the agent has them. Node.js 24.21 loses the
 * first one that the client sends (https://github.com/nodejs/node/issues/65579).
 */
function chainOf(leaf: DetailedPeerCertificate): X509Certificate[] {
  const chain: X509Certificate[] = [];
  let one: DetailedPeerCertificate | undefined = leaf;
  while (one?.raw !== undefined && chain.length < LONGEST_CHAIN) {
    chain.push(new X509Certificate(one.raw));
    // the issuer of a root is the root itself
    one = one.issuerCertificate === one ? undefined : one.issuerCertificate;
  }
  return chain;
}
