import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { haproxyConfigText } from '../../../sandbox/controller/load-balancer.ts';
import { type Authority, createAuthority, issueCertificate } from '../../../sandbox/controller/pki.ts';
import { putText } from '../amphora/uploads.ts';
import type { UsedLab } from '../amphora/use-lab.ts';
import { createRecordingAuthority } from './openssl-authority.ts';

/** The worker of a haproxy: process id and start. Both stay the same without a reload. */
export interface ServingWorker {
  readonly pid: string;
  readonly startedAt: string;
}

/** A load balancer with TLS in a lab, as a controller changes its certificates. */
export interface CertificateScene {
  /** Issues a certificate. @returns certificate and key in PEM */
  issue(commonName: string): Promise<string>;
  /** Makes another authority. @param name its common name, which several may have @returns its certificate in PEM */
  authority(name?: string): Promise<string>;
  /** @param revoked certificates in PEM files that issue() made before @returns PEM */
  revocations(revoked: readonly string[]): Promise<string>;
  /** Uploads a file beside the configuration. */
  put(name: string, text: string): Promise<void>;
  /** Uploads the list of the listener, each line with the name of a file or with more words. */
  putList(...lines: readonly string[]): Promise<void>;
  /** Uploads the configuration and requests a reload. @returns the answer to the reload, or to an upload that failed */
  reload(): Promise<{ readonly status: number | undefined; readonly body: string }>;
  worker(): Promise<ServingWorker>;
  /** @returns SHA-1 of the certificate that a client gets, and the certificates behind it */
  served(serverName?: string): Promise<{ readonly leaf: string; readonly chain: readonly string[] }>;
  /** Sends a command to the worker. @returns its answer */
  command(text: string): Promise<string>;
  /** The messages of the agent about reloads since the last call, as `avoided: certificates` or `needed: REASON, DETAIL`. */
  decisions(): string[];
}

export const sha1 = (pem: string): string => new X509Certificate(pem).fingerprint.replaceAll(':', '');

const BLOCK = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** The names of the files that the configuration names besides the list. */
export const FILES = {
  authorities: 'clients.pem',
  revocations: 'revoked.pem',
  member: 'member.pem',
  /** the certificate of a bind of TLS 1.2 that requires a certificate of its clients */
  strict: 'strict.pem',
} as const;

/** @param lab after its start: use it in a hook or a test */
export function createCertificateScene(lab: UsedLab): CertificateScene {
  const { world, amphora, balancer, vip } = lab;
  let count = 0;
  let read = 0;
  const directory = `/var/lib/octavia/certs/${balancer.id}`;
  const put = async (target: string, text: string): Promise<void> => {
    const { status, body } = await putText(world, amphora.controller, target, text);
    if ((status ?? 500) >= 300) throw new Error(body);
  };
  const at = (name: string): string => `/1.0/loadbalancer/${balancer.id}/certificates/${name}`;
  const list = `${balancer.listenerId}.pem`;
  const master = `/var/lib/octavia/${balancer.id}/master.sock`;
  /** haproxy refuses connections for some milliseconds of a reload */
  const command = async (text: string): Promise<string> => {
    const socket = `UNIX-CONNECT:${master},retry=50,interval=0.1`;
    const { stdout } = await amphora.exec(['socat', '-t5', '-', socket], { input: `@1 ${text}\n` });
    return stdout;
  };
  const issuer = (): Authority => world.pki.serverAuthority;
  return {
    async issue(commonName) {
      count += 1;
      const alternativeNames = [`DNS:${commonName}`];
      const request = { name: `rotated-${count}`, commonName, purpose: 'server', alternativeNames } as const;
      return readFile(await issueCertificate(issuer(), world.pki.directory, request), 'utf8');
    },
    async authority(name) {
      count += 1;
      const { certificate } = await createAuthority(world.pki.directory, name ?? `authority-${count}`);
      return readFile(certificate, 'utf8');
    },
    async revocations(revoked) {
      const authority = await createRecordingAuthority(issuer(), world.pki.directory);
      return authority.revocationList(revoked.map((name) => path.join(world.pki.directory, name)));
    },
    put: (name, text) => put(at(name), text),
    putList: (...lines) => put(at(list), lines.map((line) => `${directory}/${line}\n`).join('')),
    async reload() {
      const text = tlsText(haproxyConfigText(balancer), { vip: vip(), directory, list });
      const stored = await putText(
        world,
        amphora.controller,
        `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`,
        text,
      );
      if (stored.status !== 202) return stored;
      return amphora.controller.request({
        method: 'PUT',
        path: `/1.0/loadbalancer/${balancer.id}/reload`,
      });
    },
    async worker() {
      const info = await command('show info');
      const [pid, startedAt] = ['Pid', 'Start_time_sec'].map(
        (name) => new RegExp(`^${name}: (.*)$`, 'm').exec(info)?.[1] ?? '',
      );
      return { pid: pid ?? '', startedAt: startedAt ?? '' };
    },
    async served(serverName) {
      const name = serverName === undefined ? (['-noservername'] as const) : ['-servername', serverName];
      const { stdout } = await world.lab.client.run(
        ['openssl', 's_client', '-showcerts', '-connect', `${vip()}:443`, ...name],
        { input: '', okCodes: [0, 1] },
      );
      const [leaf = '', ...chain] = (stdout.match(BLOCK) ?? []).map(sha1);
      return { leaf, chain };
    },
    command,
    decisions() {
      const text = amphora.agentLog();
      const lines = text
        .slice(read)
        .split('\n')
        .filter((line) => /"msg":"reload of haproxy/.test(line));
      read = text.length;
      return lines.map(decisionOf);
    },
  };
}

function decisionOf(line: string): string {
  const { by, reason, detail }: Partial<Record<string, string>> = JSON.parse(line.slice(line.indexOf('{')));
  return by === undefined ? `needed: ${reason}, ${detail}` : `avoided: ${by}`;
}

interface TlsPlaces {
  readonly vip: string;
  readonly directory: string;
  readonly list: string;
}

/** Adds a TLS listener, and a pool whose member gets a certificate of the load balancer. */
function tlsText(text: string, { vip, directory, list }: TlsPlaces): string {
  const at = (name: string): string => `${directory}/${name}`;
  const clients = `ca-file ${at(FILES.authorities)} verify optional crl-file ${at(FILES.revocations)}`;
  const bind = `    bind ${vip}:443 ssl crt-list ${at(list)} ${clients}`;
  const strict = `    bind ${vip}:444 ssl crt ${at(FILES.strict)} ${clients.replace('optional', 'required')} ssl-max-ver TLSv1.2`;
  const tls = `ssl crt ${at(FILES.member)} ca-file ${at(FILES.authorities)} verify required`;
  return `${text.replace(/^ {4}bind .*$/m, (line) => `${line}\n${bind}\n${strict}`)}
backend tls
    mode http
    timeout connect 5000
    timeout server 50000
    server member 192.0.2.1:443 ${tls}
`;
}
