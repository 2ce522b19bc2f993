import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Topology } from './amphora/agent-config.ts';
import type { Amphora } from './amphora/amphora.ts';
import { CHECK_SCRIPT, runKeepalivedCheck } from './amphora/keepalived-check.ts';
import { type Controller, createController } from './controller/controller.ts';
import type { HealthManager } from './controller/health-manager.ts';
import {
  haproxyConfigText,
  keepalivedConfigText,
  type LoadBalancer,
  plugVipBody,
} from './controller/load-balancer.ts';
import type { Pki } from './controller/pki.ts';
import type { Lab, Member } from './lab/lab.ts';
import { until } from './programs/long-running.ts';
import type { Stage } from './stage.ts';
import { type ClientRequest, heartbeatsTable, requestsTable } from './summary.ts';

/** The objects that the play needs. */
export interface Cast {
  readonly stage: Stage;
  readonly lab: Lab;
  readonly amphora: Amphora;
  readonly members: readonly Member[];
  readonly healthManager: HealthManager;
  readonly pki: Pki;
  readonly topology: Topology;
  /** directory of the uploaded files, which the curl lines name */
  readonly directory: string;
}

export const AMPHORA_ID = '3f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f';
const STANDBY_ID = '8a1d7c52-0b64-4f3a-8e55-6d2f9c3b7a10';
const AMPHORA_HOST = 20;
const STANDBY_HOST = 21;
const VIP_HOST = 100;
const REQUESTS = 8;
const VIP_MS = 60_000;
const CURL_SECONDS = 5;
/** The exit codes of curl that the play accepts: success, refused, timed out, empty answer, connection broken. */
const CURL_CODES = [0, 7, 28, 52, 56];

/** Returns the load balancer that the controller creates: an HTTP listener with one pool of the members. */
export function sandboxLoadBalancer(lab: Lab, members: readonly Member[]): LoadBalancer {
  const { vip } = lab.networks;
  const memberIds = ['c7a90ff6-3b7e-4a0c-9a0e-5f8e1f6d2b31', 'd1f4e8b9-7c25-4e6b-b3c8-2a9d5e0f7c42'];
  return {
    id: '6d2c1f04-5a3b-4e8e-9a52-3f0f8f0c1a01',
    listenerId: '9b7e4d3a-1c6f-4b2d-8f90-7e5a3c2d1b02',
    poolId: 'e4c8a2b6-9d1f-4c7a-a6e3-1b0d9f8c7e03',
    port: 80,
    vips: [{ address: vip.host(VIP_HOST), cidr: vip.cidr, gateway: vip.gateway }],
    amphorae: [
      { id: AMPHORA_ID, vrrpAddress: vip.host(AMPHORA_HOST) },
      { id: STANDBY_ID, vrrpAddress: vip.host(STANDBY_HOST) },
    ],
    members: members.map(({ address }, index) => ({ id: memberIds[index] ?? address, address, port: 80 })),
  };
}

/**
 * Plays controller and client until both members have answered through the VIP and a heartbeat reports them.
 * @throws StepFailed
 */
export async function play(cast: Cast): Promise<void> {
  const { amphora, pki, stage } = cast;
  const loadBalancer = sandboxLoadBalancer(cast.lab, cast.members);
  const target = { host: amphora.address, port: amphora.port, serverName: amphora.id };
  const controller = await createController(target, pki);
  try {
    await introduce(cast, controller);
    await plugVip(cast, controller, loadBalancer);
    await uploadHaproxy(cast, controller, loadBalancer);
    if (cast.topology === 'ACTIVE_STANDBY') await startVrrp(cast, controller, loadBalancer);
  } finally {
    controller.close();
  }
  const requests = await askMembers(cast, loadBalancer);
  await awaitHeartbeat(cast, loadBalancer);
  await showResults(cast, requests);
  stage.say('');
}

async function introduce({ stage }: Cast, controller: Controller): Promise<void> {
  await stage.request('Which API does the agent speak?', controller, { method: 'GET', path: '/' }, 200);
  await stage.request('What is in the amphora?', controller, { method: 'GET', path: '/1.0/info' }, 200);
}

async function plugVip(cast: Cast, controller: Controller, loadBalancer: LoadBalancer): Promise<void> {
  const { macAddress } = await cast.stage.step('a new interface, as nova plugs it', () =>
    cast.amphora.plugNic('vip'),
  );
  const [vip] = loadBalancer.vips;
  const json = plugVipBody(loadBalancer, {
    macAddress,
    vrrpAddress: cast.lab.networks.vip.host(AMPHORA_HOST),
  });
  const plug = { method: 'POST', path: `/1.0/plug/vip/${vip.address}`, json } as const;
  await cast.stage.request(`Plug the VIP ${vip.address}`, controller, plug, 202);
}

async function uploadHaproxy(cast: Cast, controller: Controller, loadBalancer: LoadBalancer): Promise<void> {
  const { directory, stage } = cast;
  const { id } = loadBalancer;
  const file = path.join(directory, 'haproxy.cfg');
  await writeFile(file, haproxyConfigText(loadBalancer));
  const upload = { method: 'PUT', path: `/1.0/loadbalancer/${AMPHORA_ID}/${id}/haproxy`, file } as const;
  await stage.request('Upload the haproxy configuration', controller, upload, 202);
  const reload = { method: 'PUT', path: `/1.0/loadbalancer/${id}/reload` } as const;
  await stage.request('Reload haproxy (which starts it the first time)', controller, reload, 202);
  await stage.request(
    'Which listeners are there?',
    controller,
    { method: 'GET', path: '/1.0/listeners' },
    200,
  );
}

async function startVrrp(cast: Cast, controller: Controller, loadBalancer: LoadBalancer): Promise<void> {
  const { amphora, directory, stage } = cast;
  const file = path.join(directory, 'keepalived.conf');
  const role = { amphoraId: AMPHORA_ID, state: 'MASTER', priority: 100, advertisementInterval: 1 } as const;
  await writeFile(file, keepalivedConfigText(loadBalancer, role));
  const upload = { method: 'PUT', path: '/1.0/vrrp/upload', file } as const;
  await stage.request(
    'Upload the keepalived configuration (the sandbox has no standby amphora)',
    controller,
    upload,
    200,
  );
  await stage.request('Start VRRP', controller, { method: 'PUT', path: '/1.0/vrrp/start' }, 202);
  await stage.step("keepalived's check finds haproxy", () => runKeepalivedCheck(amphora, [CHECK_SCRIPT]));
  const [vip] = loadBalancer.vips;
  await stage.step(`keepalived becomes master and takes ${vip.address}`, () =>
    until(
      async () => (await addresses(amphora)).includes(` ${vip.address}/`),
      VIP_MS,
      `${vip.address} on eth1`,
    ),
  );
}

const addresses = async (amphora: Amphora): Promise<string> =>
  (await amphora.exec(['ip', 'addr'], { inNamespace: true })).stdout;

function askMembers(cast: Cast, loadBalancer: LoadBalancer): Promise<ClientRequest[]> {
  const url = `http://${loadBalancer.vips[0].address}:${loadBalancer.port}/`;
  return cast.stage.step(`the client sends ${REQUESTS} requests through the VIP`, async () => {
    const requests: ClientRequest[] = [];
    for (let count = 0; count < REQUESTS; count += 1) requests.push(await ask(cast.lab, url));
    const answered = new Set(requests.map(({ member }) => member));
    const silent = cast.members.filter(({ name }) => !answered.has(name)).map(({ name }) => name);
    if (silent.length > 0) throw new Error(`no answer from ${silent.join(', ')}\n${requestsTable(requests)}`);
    return requests;
  });
}

async function ask(lab: Lab, url: string): Promise<ClientRequest> {
  const options = ['--silent', '--max-time', `${CURL_SECONDS}`, '--write-out', '%{http_code}'];
  const { stdout } = await lab.client.run(['curl', ...options, url], { okCodes: CURL_CODES });
  return {
    url,
    status: Number(stdout.slice(-3)),
    member: /^(\S+) answers /.exec(stdout)?.[1] ?? '(nobody)',
  };
}

async function awaitHeartbeat({ healthManager, stage }: Cast, loadBalancer: LoadBalancer): Promise<void> {
  await stage.step('a heartbeat reports the listener as OPEN and the members as UP', () =>
    healthManager.next(({ listeners, pools }) => {
      const pool = pools?.[`${loadBalancer.poolId}:${loadBalancer.listenerId}`];
      const members = Object.values(pool?.members ?? {});
      return (
        listeners[loadBalancer.listenerId]?.status === 'OPEN' &&
        members.length === loadBalancer.members.length &&
        members.every((status) => status === 'UP')
      );
    }),
  );
}

async function showResults(cast: Cast, requests: readonly ClientRequest[]): Promise<void> {
  const { amphora, healthManager, stage } = cast;
  const { heartbeats, refused } = healthManager;
  stage.heading('Requests through the VIP');
  stage.say(requestsTable(requests));
  stage.heading(`Heartbeats: ${heartbeats.length} received and verified, ${refused.length} refused`);
  stage.say(heartbeatsTable(heartbeats));
  stage.heading('ip addr in amphora-haproxy');
  stage.say((await addresses(amphora)).trimEnd());
}
