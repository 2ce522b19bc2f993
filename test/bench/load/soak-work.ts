import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { AGENT_CONFIG_FILE } from '../../../sandbox/amphora/agent-config.ts';
import { issueCertificate } from '../../../sandbox/controller/pki.ts';
import { sendPart } from '../../support/amphora/uploads.ts';
import { CERTIFICATE_NAME, type LoadedAmphora } from './loaded-amphora.ts';

/** What a controller's work has come to. */
export interface WorkDone {
  /** requests answered as they should be, and aborted ones */
  done: number;
  /** each request that wasn't, in words */
  readonly failed: string[];
}

const PAUSE_MS = 150;
const MEMBER_HOST = 50;
const OTHER_CERTIFICATE = 'other.pem';

type Expect = (status: number, ...asked: Parameters<LoadedAmphora['ask']>) => Promise<void>;

/** Works as a controller does, one request after the other, until the signal. */
export async function workAsController(
  loaded: LoadedAmphora,
  work: WorkDone,
  end: AbortSignal,
): Promise<void> {
  const expect: Expect = async (status, ...asked) => {
    try {
      const answer = await loaded.ask(...asked);
      if (answer.status === status) work.done += 1;
      else work.failed.push(`${asked[0]} ${asked[1]}: ${answer.status} ${answer.body}`);
    } catch (error) {
      work.failed.push(`${asked[0]} ${asked[1]}: ${error}`);
    }
  };
  const kinds = await kindsOfWork(loaded, expect);
  for (let turn = 0; !end.aborted; turn += 1) {
    const kind = kinds[turn % kinds.length];
    await kind?.(Math.floor(turn / kinds.length));
    await delay(PAUSE_MS);
  }
}

type Kind = (round: number) => Promise<void>;

async function kindsOfWork(loaded: LoadedAmphora, expect: Expect): Promise<readonly Kind[]> {
  const config = await loaded.amphora.readText(AGENT_CONFIG_FILE);
  return [
    (round) => changeLoadBalancer(loaded, expect, round),
    () => read(loaded, expect),
    await certificates(loaded, expect),
    await plugs(loaded, expect),
    (round) => expect(202, 'PUT', '/1.0/config', { text: `# ${round}\n${config}` }),
    () => badInput(loaded, expect),
    (round) => abortedUpload(loaded, round),
  ];
}

async function changeLoadBalancer(loaded: LoadedAmphora, expect: Expect, round: number): Promise<void> {
  const { amphora, balancer } = loaded;
  const text = loaded.text.replace('retries 3', `retries ${3 + (round % 3)}`);
  await expect(202, 'PUT', `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`, { text });
  await expect(202, 'PUT', `/1.0/loadbalancer/${balancer.id}/reload`);
}

async function read({ balancer, vip }: LoadedAmphora, expect: Expect): Promise<void> {
  const versioned = [
    'info',
    'details',
    'listeners',
    `interface/${vip}`,
    `loadbalancer/${balancer.id}/haproxy`,
  ];
  for (const target of versioned) await expect(200, 'GET', `/1.0/${target}`);
  await expect(200, 'GET', '/0.5/details');
}

/** The certificate is renewed, another one comes and goes. */
async function certificates({ world, balancer, pem }: LoadedAmphora, expect: Expect): Promise<Kind> {
  const request = { name: 'renewed', commonName: 'www.example.org', purpose: 'server' } as const;
  const { serverAuthority, directory } = world.pki;
  const renewed = await readFile(await issueCertificate(serverAuthority, directory, request), 'utf8');
  const at = (name: string): string => `/1.0/loadbalancer/${balancer.id}/certificates/${name}`;
  return async (round) => {
    await expect(200, 'PUT', at(CERTIFICATE_NAME), { text: round % 2 === 0 ? renewed : pem });
    await expect(200, 'GET', at(CERTIFICATE_NAME));
    await expect(202, 'PUT', `/1.0/loadbalancer/${balancer.id}/reload`);
    await expect(200, 'PUT', at(OTHER_CERTIFICATE), { text: pem });
    await expect(200, 'DELETE', at(OTHER_CERTIFICATE));
  };
}

/** A member network is plugged once and then again and again with one address more or less. */
async function plugs({ world, amphora }: LoadedAmphora, expect: Expect): Promise<Kind> {
  const { member } = world.lab.networks;
  const { macAddress: mac_address } = await amphora.plugNic('member');
  const address = (host: number) => ({ ip_address: member.host(host), subnet_cidr: member.cidr });
  return (round) => {
    const fixed_ips = [address(MEMBER_HOST), ...(round % 2 === 0 ? [] : [address(MEMBER_HOST + 1)])];
    return expect(202, 'POST', '/1.0/plug/network', { json: { mac_address, fixed_ips } });
  };
}

async function badInput({ amphora, balancer, vip, text }: LoadedAmphora, expect: Expect): Promise<void> {
  const upload = `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`;
  await expect(400, 'PUT', upload, { text: `${text}\n    bogus keyword\n` });
  await expect(404, 'PUT', `/1.0/loadbalancer/${randomUUID()}/reload`);
  await expect(400, 'PUT', '/1.0/loadbalancer/no-uuid/reload');
  await expect(404, 'GET', '/1.0/interface/203.0.113.1');
  await expect(400, 'POST', `/1.0/plug/vip/${vip}`, { json: { subnet_cidr: 'nowhere' } });
  await expect(500, 'PUT', '/1.0/config', { text: 'nonsense' });
}

async function abortedUpload(
  { world, amphora, balancer, text }: LoadedAmphora,
  round: number,
): Promise<void> {
  const path = `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`;
  const kind = round % 2 === 0 ? 'length' : 'chunked';
  await sendPart(world, amphora, { path, body: text, sent: Math.floor(text.length / 2), kind });
}
