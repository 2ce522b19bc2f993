import { AgentError, reasonOf } from '../../errors.ts';

/** An agent gave no HTTP answer: nothing listens, the TLS handshake failed, or the connection ended or was silent. */
export class AgentUnreachable extends AgentError {
  /** whether nothing listens at all, so that no agent can have got the request */
  readonly isAbsent: boolean;
  constructor(agent: string, reason: string, options: ErrorOptions = {}) {
    super(`${agent}: ${reason}`, options);
    this.isAbsent = ['ENOENT', 'ECONNREFUSED'].includes(codeOf(options.cause));
  }
}

/** The files or options that should lead to an agent are wrong. Nothing was sent. */
export class InvalidTarget extends AgentError {}

const CAUSES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there: is the agent down?',
  ENOENT: 'there is no socket: is the agent down? Another machine needs --host',
  EACCES: 'only root may connect',
  ECONNRESET:
    'the connection was reset; an agent does so if it does not accept the client certificate (--cert)',
  EPIPE: 'the connection was closed; an agent does so if it does not accept the client certificate (--cert)',
  EHOSTUNREACH: 'there is no route to the host',
  ENETUNREACH: 'there is no route to the host',
  ENOTFOUND: 'the name is unknown',
};

/** OpenSSL's names for a certificate that doesn't chain to the authority. */
const FOREIGN =
  /^(SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_(GET_ISSUER_CERT|VERIFY_LEAF)|CERT_SIGNATURE_FAILURE|CERT_UNTRUSTED|INVALID_CA)/;
/** OpenSSL's names for the alerts by which a server refuses a client's certificate. */
const REFUSED_CLIENT =
  /ALERT_(UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_|HANDSHAKE_FAILURE|ACCESS_DENIED|UNSUPPORTED_CERT)/;

/** Returns the reason of a failed connection as a sentence for a person. */
export function connectionFault(error: unknown): string {
  const code = codeOf(error);
  if (FOREIGN.test(code))
    return `the authority of --cacert has not signed the certificate of the agent (${code})`;
  if (code === 'CERT_HAS_EXPIRED') return 'the certificate of the agent has expired';
  if (code === 'CERT_NOT_YET_VALID')
    return 'the certificate of the agent is not valid yet: is a clock wrong?';
  if (REFUSED_CLIENT.test(code))
    return `the agent does not accept the client certificate of --cert (${code.toLowerCase()})`;
  return CAUSES[code] ?? reasonOf(error);
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : '';
