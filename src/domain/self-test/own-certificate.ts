import { X509Certificate } from 'node:crypto';
import { pemBlocks } from '../certificates/pem.ts';
import { type Finding, ok } from './finding.ts';

/** Controllers replace the certificate of an amphora two weeks before its end by default (cert_expiry_buffer). */
const SOON_MS = 7 * 24 * 60 * 60 * 1000;

/** The agent's certificate, and against what it is judged. */
export interface OwnCertificate {
  readonly file: string;
  /** certificates in PEM, the agent's own first */
  readonly chain: string;
  readonly amphoraId: string;
  readonly now: Date;
}

/** Judges the name, the dates and the chain of the agent's certificate. Reports one finding when all is well. */
export function judgeOwnCertificate(certificate: OwnCertificate): Finding[] {
  const { file, chain, now } = certificate;
  const faults = [
    ...certificatesIn(certificate).flatMap((one) => judgeValidity(file, one, now)),
    ...certificateWarnings(certificate),
  ];
  const [own] = pemBlocks(chain, file);
  if (faults.length > 0 || own === undefined) return faults;
  return [ok(file, `valid until ${new X509Certificate(own.text).validToDate.toISOString()}`)];
}

const certificatesIn = ({ file, chain }: OwnCertificate): X509Certificate[] =>
  pemBlocks(chain, file).map(({ text }) => new X509Certificate(text));

/** Judges all but the present validity of the agent's certificate, which the log has at each start and each change. */
export function certificateWarnings(certificate: OwnCertificate): Finding[] {
  const { file, amphoraId, now } = certificate;
  const [own, ...others] = certificatesIn(certificate);
  if (own === undefined) return [];
  return [
    ...judgeName(file, own, amphoraId),
    ...[own, ...others].flatMap((one) => judgeEnd(file, one, now)),
    ...judgeChain(file, own, others),
  ];
}

const RENEW =
  'let the controller replace it: openstack loadbalancer amphora failover, or a new PUT /certificate';

function judgeName(subject: string, own: X509Certificate, amphoraId: string): Finding[] {
  const names = /^CN=(.*)$/m.exec(own.subject)?.[1];
  if (names === amphoraId || own.checkHost(amphoraId) !== undefined) return [];
  const message = `the certificate is for ${names ?? 'no name'}, not for the amphora ${amphoraId}: controllers refuse it`;
  return [{ state: 'broken', subject, message, remedy: RENEW }];
}

function judgeValidity(subject: string, one: X509Certificate, now: Date): Finding[] {
  const { validFromDate, validToDate } = one;
  const name = one.subject.replaceAll('\n', ', ');
  if (validFromDate > now) {
    const message = `${name} is valid from ${validFromDate.toISOString()}, and the clock shows ${now.toISOString()}`;
    return [{ state: 'broken', subject, message, remedy: 'timedatectl, then correct the clock' }];
  }
  if (validToDate < now) {
    const message = `${name} expired on ${validToDate.toISOString()}`;
    return [{ state: 'broken', subject, message, remedy: RENEW }];
  }
  return [];
}

function judgeEnd(subject: string, { validToDate, subject: owner }: X509Certificate, now: Date): Finding[] {
  const left = validToDate.getTime() - now.getTime();
  if (left < 0 || left > SOON_MS) return [];
  const name = owner.replaceAll('\n', ', ');
  const message = `${name} expires on ${validToDate.toISOString()}`;
  return [{ state: 'degraded', subject, message, remedy: RENEW }];
}

/** Judges that each further certificate of the file is an issuer in the chain. A client can't use any other one. */
function judgeChain(subject: string, own: X509Certificate, others: readonly X509Certificate[]): Finding[] {
  let last = own;
  const left = [...others];
  for (;;) {
    const index = left.findIndex((one) => last.checkIssued(one));
    const [issuer] = index < 0 ? [] : left.splice(index, 1);
    if (issuer === undefined) break;
    last = issuer;
  }
  if (left.length === 0) return [];
  const names = left.map((one) => one.subject.replaceAll('\n', ', ')).join('; ');
  const message = `the file has certificates that did not issue the agent's: ${names}`;
  return [{ state: 'degraded', subject, message, remedy: RENEW }];
}
