import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import {
  haproxyConfigText,
  keepalivedConfigText,
  type LoadBalancer,
} from '../../../sandbox/controller/load-balancer.ts';
import { type AmphoraLab, fetchThroughVip, type LabAmphora } from '../amphora/amphora-lab.ts';
import { type Ask, askAmphora, insisting } from '../amphora/api.ts';
import { startPluggedAmphora } from '../amphora/plugged-amphora.ts';
import { createRecordingAuthority } from '../certificates/openssl-authority.ts';
import { labLoadBalancer } from '../haproxy/load-balancer.ts';

/** An amphora with load balancers in different states, as a person finds it. */
export interface StatusScene {
  readonly world: AmphoraLab;
  readonly amphora: LabAmphora;
  readonly ask: Ask;
  /** two members serve, one refuses connections, one answers its check with a hostile text */
  readonly mixed: LoadBalancer;
  /** none of its members serves */
  readonly dark: LoadBalancer;
  /** its haproxy hangs */
  readonly hung: LoadBalancer;
  /** its controller stopped it */
  readonly stopped: LoadBalancer;
  readonly refusing: string;
  readonly hostile: string;
  close(): Promise<void>;
}

/** What the hostile member answers: markup and control characters where haproxy takes a reason from. */
export const HOSTILE_REASON = '<script>document.title="run"</script><img src=//evil.example/x>\u001b[2J';
const CLOSED_PORT = 81;
const HOSTILE_PORT = 8099;

/** Stages the states, and waits until the status shows them. */
export async function startStatusScene(): Promise<StatusScene> {
  const { world, amphora, balancer } = await startPluggedAmphora({ topology: 'ACTIVE_STANDBY' });
  const ask = askAmphora(world, amphora);
  const must = insisting(ask);
  const gateway = world.lab.networks.member.gateway;
  const server = await startHostileMember(gateway);
  const [refusing, hostile] = [randomUUID(), randomUUID()];
  const [member] = balancer.members;
  const closed = { address: member?.address ?? '', port: CLOSED_PORT };
  const on = (port: number): LoadBalancer => ({ ...labLoadBalancer(world), vips: balancer.vips, port });
  const mixed: LoadBalancer = {
    ...balancer,
    members: [
      ...balancer.members,
      { id: refusing, ...closed },
      { id: hostile, address: gateway, port: HOSTILE_PORT },
    ],
  };
  const dark = { ...on(8080), members: [{ id: randomUUID(), ...closed }] };
  const [hung, stopped] = [on(8081), on(8082)];
  await startKeepalived(must, balancer, amphora.id);
  for (const one of [mixed, dark, hung, stopped]) await start(must, amphora, one);
  await reloadTwice(must, amphora, mixed);
  await uploadExpired(world, must, mixed);
  await must('PUT', `/1.0/loadbalancer/${stopped.id}/stop`);
  await hang(amphora, hung);
  return {
    ...{ world, amphora, ask, mixed, dark, hung, stopped, refusing, hostile },
    async close() {
      server.close();
      await world.close();
    },
  };
}

/** Answers each connection with a status line that haproxy shows as the result of its check. */
async function startHostileMember(address: string): Promise<Server> {
  const server = createServer((connection) => {
    connection.on('error', () => undefined);
    connection.once('data', () => connection.end(`HTTP/1.1 503 ${HOSTILE_REASON}\r\n\r\n`));
  });
  server.listen(HOSTILE_PORT, address);
  await once(server, 'listening');
  return server;
}

/** Without the check script: the haproxy that hangs would let go of the VIP. */
async function startKeepalived(must: Ask, balancer: LoadBalancer, amphoraId: string): Promise<void> {
  const role = { amphoraId, state: 'MASTER', priority: 100, advertisementInterval: 1 } as const;
  const text = keepalivedConfigText(balancer, role).replace(/ {4}track_script \{[^}]*\}\n/, '');
  await must('PUT', '/1.0/vrrp/upload', { text });
  await must('PUT', '/1.0/vrrp/start');
}

const put = (must: Ask, amphora: LabAmphora, balancer: LoadBalancer, text = haproxyConfigText(balancer)) =>
  must('PUT', `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`, { text });

async function start(must: Ask, amphora: LabAmphora, balancer: LoadBalancer): Promise<void> {
  await put(must, amphora, balancer);
  await must('PUT', `/1.0/loadbalancer/${balancer.id}/start`);
}

/** One reload is needed, one is avoided. */
async function reloadTwice(must: Ask, amphora: LabAmphora, balancer: LoadBalancer): Promise<void> {
  const text = haproxyConfigText(balancer).replace('retries 3', 'retries 2');
  for (const changed of [text, text.replace('weight 1', 'weight 2')]) {
    await put(must, amphora, balancer, changed);
    await must('PUT', `/1.0/loadbalancer/${balancer.id}/reload`);
  }
}

async function uploadExpired({ pki }: AmphoraLab, must: Ask, { id }: LoadBalancer): Promise<void> {
  const records = await createRecordingAuthority(pki.serverAuthority, pki.directory);
  const request = { name: 'shop', commonName: 'shop.example.org', purpose: 'server' } as const;
  const text = await readFile(await records.issueFor('past', request), 'utf8');
  await must('PUT', `/1.0/loadbalancer/${id}/certificates/shop.pem`, { text });
}

async function hang(amphora: LabAmphora, { id }: LoadBalancer): Promise<void> {
  const { stdout: pid } = await amphora.exec(['cat', `/var/lib/octavia/${id}/${id}.pid`]);
  const { stdout: workers } = await amphora.exec(['pgrep', '--parent', pid.trim()]);
  await amphora.exec(['kill', '-STOP', ...workers.trim().split('\n')]);
}

/** Sends requests through the VIP. */
export async function sendTraffic({ world, mixed }: StatusScene, requests: number): Promise<void> {
  const [{ address }] = mixed.vips;
  for (let sent = 0; sent < requests; sent += 1) await fetchThroughVip(world.lab, address);
}
