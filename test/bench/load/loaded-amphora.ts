import { type ChildProcess, spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { AGENT_CONFIG_FILE } from '../../../sandbox/amphora/agent-config.ts';
import { haproxyConfigText, type LoadBalancer } from '../../../sandbox/controller/load-balancer.ts';
import { issueCertificate } from '../../../sandbox/controller/pki.ts';
import type { AmphoraLab, LabAmphora } from '../../support/amphora/amphora-lab.ts';
import { type Ask, insisting } from '../../support/amphora/api.ts';
import { startPluggedAmphora } from '../../support/amphora/plugged-amphora.ts';

/** A lab with one amphora whose load balancer serves HTTP on port 80 and HTTPS on port 443 of its VIP. */
export interface LoadedAmphora {
  readonly world: AmphoraLab;
  readonly amphora: LabAmphora;
  readonly balancer: LoadBalancer;
  readonly vip: string;
  /** haproxy.cfg as it was uploaded */
  readonly text: string;
  /** certificate and key, as uploaded */
  readonly pem: string;
  readonly ask: Ask;
  /** as `ask`; throws unless the status is below 300 */
  readonly must: Ask;
}

export const CERTIFICATE_NAME = 'web.pem';
const CERTIFICATES = '/var/lib/octavia/certs';

/** @param hardStopAfter the agent's option haproxy_hard_stop_after, in seconds */
export async function startLoadedAmphora(hardStopAfter = 0): Promise<LoadedAmphora> {
  const { world, amphora, ask, balancer, vip } = await startPluggedAmphora();
  await setHardStopAfter(amphora, hardStopAfter);
  const must = insisting(ask);
  const request = { name: 'web', commonName: 'www.example.org', purpose: 'server' } as const;
  const pem = await readFile(
    await issueCertificate(world.pki.serverAuthority, world.pki.directory, request),
    'utf8',
  );
  await must('PUT', `/1.0/loadbalancer/${balancer.id}/certificates/${CERTIFICATE_NAME}`, { text: pem });
  const text = withHttps(haproxyConfigText(balancer), balancer);
  await uploadAndReload(must, amphora, balancer, text);
  return { world, amphora, balancer, vip, text, pem, ask, must };
}

/** Takes effect with a start of the agent, for haproxys that it defines from then on. */
export async function setHardStopAfter(amphora: LabAmphora, seconds: number): Promise<void> {
  const text = await amphora.readText(AGENT_CONFIG_FILE);
  const section = '[haproxy_amphora]';
  const changed = text.replace(section, `${section}\nhaproxy_hard_stop_after = ${seconds}`);
  await writeFile(amphora.box.file(AGENT_CONFIG_FILE), changed);
  await amphora.stopAgent();
  await amphora.startAgent();
}

const withHttps = (text: string, { id, vips: [{ address }] }: LoadBalancer): string =>
  text.replace(
    /^ {4}bind .*$/m,
    (line) => `${line}\n    bind ${address}:443 ssl crt ${CERTIFICATES}/${id}/${CERTIFICATE_NAME}`,
  );

/** What a controller does with each change: both requests must be answered well. */
export async function uploadAndReload(
  must: Ask,
  amphora: LabAmphora,
  balancer: LoadBalancer,
  text: string,
): Promise<void> {
  await must('PUT', `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`, { text });
  await must('PUT', `/1.0/loadbalancer/${balancer.id}/reload`);
}

/**
 * Starts a file of the benchmarks as a process of its own with a channel for messages.
 * @param nice as nice(1) takes it: above 0 for load, below for what measures (where the user may)
 */
export function startOwnProcess(file: string, args: readonly string[], nice: number): ChildProcess {
  return spawn('nice', ['-n', `${nice}`, process.execPath, file, ...args], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}
