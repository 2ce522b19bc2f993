import { AGENT_CONFIG_FILE, SERVER_CERTIFICATE_FILE } from '../../../sandbox/amphora/agent-config.ts';
import type { Heartbeat } from '../../../sandbox/controller/health-manager.ts';
import {
  haproxyConfigText,
  type LoadBalancer,
  plugVipBody,
} from '../../../sandbox/controller/load-balancer.ts';
import { labLoadBalancer, ownVrrpAddress } from '../haproxy/load-balancer.ts';
import { labListenerJson, labModel, tlsContainerJson } from '../models/lab-models.ts';
import { type AmphoraLab, fetchThroughVip, first, type LabAmphora, startAmphoraLab } from './amphora-lab.ts';
import { type ApiAnswer, type Ask, askAmphora } from './api.ts';

/** A request of a controller during which the agent is killed. */
export interface CrashOperation {
  readonly name: string;
  /** directories in which the request changes files */
  readonly directories: readonly string[];
  /** Sends the request, a little different from the time before; it may be sent twice. @param version which variant */
  run(version: number): Promise<ApiAnswer[]>;
  /** the only texts that its file may have afterwards */
  readonly outcome?: { readonly file: string; readonly texts: readonly string[] };
}

/** An amphora with a load balancer that serves, and with the requests that can be sent to it. */
export interface CrashScene {
  readonly world: AmphoraLab;
  readonly amphora: LabAmphora;
  readonly balancer: LoadBalancer;
  readonly operations: readonly CrashOperation[];
  readonly ask: Ask;
  /** Opens one connection of the client. @returns the answer */
  fetch(): Promise<string | undefined>;
  /** connections that the client made, and connections that heartbeats reported */
  connections(): { readonly made: number; readonly told: number };
}

const BASE = '/var/lib/octavia';
const VARIANTS = [0, 1, 2, 3, 4];

export async function createCrashScene(): Promise<CrashScene> {
  const world = await startAmphoraLab();
  const amphora = first(world.amphorae);
  const ask = askAmphora(world, amphora);
  const balancer = labLoadBalancer(world);
  const vip = first(balancer.vips).address;
  const { macAddress } = await amphora.plugNic('vip');
  const vrrpAddress = ownVrrpAddress(balancer);
  await ask('POST', `/1.0/plug/vip/${vip}`, { json: plugVipBody(balancer, { macAddress, vrrpAddress }) });
  let made = 0;
  const told = toldConnections(world, balancer.listenerId);
  const scene = {
    world,
    amphora,
    balancer,
    ask,
    fetch() {
      made += 1;
      return fetchThroughVip(world.lab, vip);
    },
    connections: () => ({ made, told: told() }),
  };
  const [networkMac, certificate] = [
    (await amphora.plugNic('member')).macAddress,
    await amphora.readText(SERVER_CERTIFICATE_FILE),
  ];
  return {
    ...scene,
    operations: [
      ...haproxyOperations(scene, certificate),
      await modelOperation(scene),
      networkOperation(scene, networkMac),
      configOperation(scene, await amphora.readText(AGENT_CONFIG_FILE)),
    ],
  };
}

/** Returns the sum of the growth in all heartbeats so far. Only the last 1000 heartbeats are kept. */
function toldConnections({ healthManager }: AmphoraLab, listener: string): () => number {
  let total = 0;
  let last: Heartbeat | undefined;
  return () => {
    const { heartbeats } = healthManager;
    for (const heartbeat of heartbeats.slice(last === undefined ? 0 : heartbeats.indexOf(last) + 1)) {
      total += heartbeat.message.listeners[listener]?.stats?.['totconns'] ?? 0;
      last = heartbeat;
    }
    return total;
  };
}

type Parts = Omit<CrashScene, 'operations'>;

/** Sends one request after the other, as a controller does, until one fails. */
async function inTurn(...requests: (() => Promise<ApiAnswer>)[]): Promise<ApiAnswer[]> {
  const answers: ApiAnswer[] = [];
  for (const request of requests) {
    const answer = await request();
    answers.push(answer);
    if (answer.status >= 300) break;
  }
  return answers;
}

function haproxyOperations({ amphora, balancer, ask }: Parts, certificate: string): CrashOperation[] {
  const [directory, certificates] = [`${BASE}/${balancer.id}`, `${BASE}/certs/${balancer.id}`];
  const text = haproxyConfigText(balancer);
  const variant = (version: number): string => text.replace('retries 3', `retries ${1 + (version % 7)}`);
  const target = `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`;
  const upload = (body: string) => () => ask('PUT', target, { text: body });
  const reload = () => ask('PUT', `/1.0/loadbalancer/${balancer.id}/reload`);
  const store = (version: number) => () =>
    ask('PUT', `/1.0/loadbalancer/${balancer.id}/certificates/own.pem`, { text: pem(version) });
  const pem = (version: number): string => `${certificate}\n# ${version % VARIANTS.length}\n`;
  const withCertificate = text.replace(
    /^ {4}bind .*$/m,
    (line) => `${line}\n    bind ${first(balancer.vips).address}:8443 ssl crt ${certificates}/own.pem`,
  );
  return [
    {
      name: 'upload',
      directories: [directory],
      run: (version) => inTurn(upload(variant(version))),
    },
    {
      name: 'upload and reload',
      directories: [directory, `${directory}/history`],
      run: (version) => inTurn(upload(variant(version)), reload),
    },
    {
      name: 'certificate',
      directories: [certificates],
      run: (version) => inTurn(store(version)),
      outcome: { file: `${certificates}/own.pem`, texts: VARIANTS.map(pem) },
    },
    {
      name: 'certificate, upload and reload',
      directories: [certificates, directory],
      run: (version) => inTurn(store(version), upload(withCertificate), reload),
    },
  ];
}

async function modelOperation({ world, amphora, balancer, ask }: Parts): Promise<CrashOperation> {
  const containers = [await tlsContainerJson(world, 'www'), await tlsContainerJson(world, 'other')];
  const model = (version: number) =>
    labModel(balancer, [
      labListenerJson(balancer),
      labListenerJson(balancer, {
        listener_id: first(balancer.amphorae).id,
        protocol: 'TERMINATED_HTTPS',
        protocol_port: 443,
        default_tls_container_data: containers[version % 2],
      }),
    ]);
  return {
    name: 'model and reload',
    directories: [`${BASE}/${balancer.id}`, `${BASE}/certs`, `${BASE}/certs/${balancer.id}/model`],
    run: (version) =>
      inTurn(
        () => ask('PUT', `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`, { json: model(version) }),
        () => ask('PUT', `/1.0/loadbalancer/${balancer.id}/reload`),
      ),
  };
}

function networkOperation({ world, ask }: Parts, macAddress: string): CrashOperation {
  const { cidr, host } = world.lab.networks.member;
  return {
    name: 'plug',
    directories: ['/etc/octavia/interfaces', BASE],
    run: (version) => {
      const addresses = [200 + (version % 3), 210 + (version % 2)].map(host);
      const fixedIps = addresses.map((address) => ({ ip_address: address, subnet_cidr: cidr }));
      return inTurn(() =>
        ask('POST', '/1.0/plug/network', { json: { mac_address: macAddress, fixed_ips: fixedIps } }),
      );
    },
  };
}

function configOperation({ ask }: Parts, text: string): CrashOperation {
  const variant = (version: number): string => `${text}\n# ${version % VARIANTS.length}\n`;
  return {
    name: 'config',
    directories: ['/etc/octavia'],
    run: (version) => inTurn(() => ask('PUT', '/1.0/config', { text: variant(version) })),
    outcome: { file: AGENT_CONFIG_FILE, texts: [text, ...VARIANTS.map(variant)] },
  };
}
