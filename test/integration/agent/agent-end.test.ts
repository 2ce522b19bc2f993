import { readFile } from 'node:fs/promises';
import { connect } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { haproxyConfigText } from '../../../sandbox/controller/load-balancer.ts';
import { answers } from '../../../sandbox/programs/listening.ts';
import { type AmphoraLab, first, type LabAmphora } from '../../support/amphora/amphora-lab.ts';
import { useAmphoraLab } from '../../support/amphora/use-lab.ts';
import { labLoadBalancer } from '../../support/haproxy/load-balancer.ts';

describe('an agent that ends', () => {
  const { world, amphora } = useAmphoraLab({ members: 0 });

  it('answers a request that has already begun', async () => {
    const balancer = labLoadBalancer(world);
    const body = haproxyConfigText({ ...balancer, members: [] });
    const half = Math.floor(body.length / 2);
    const answer = await sendInTwoParts(world, amphora, {
      head: `PUT /1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy HTTP/1.1\r\n${HEADERS}Content-Length: ${body.length}\r\n\r\n${body.slice(0, half)}`,
      tail: body.slice(half),
    });
    expect(answer).toMatch(/^HTTP\/1\.1 202 /);
    expect(await amphora.readText(`/var/lib/octavia/${balancer.id}/haproxy.cfg`)).toBe(body);
    expect(amphora.agentPid()).toBeUndefined();
  });

  it('closes the connection of a client that sends nothing more', async () => {
    await amphora.startAgent();
    await sendInTwoParts(world, amphora, {
      head: `PUT /1.0/vrrp/upload HTTP/1.1\r\n${HEADERS}Content-Length: 100\r\n\r\nhalf`,
      tail: '',
    }).catch(() => undefined);
    expect(amphora.agentPid()).toBeUndefined();
  });
});

describe('an agent whose API port is in use by another process', () => {
  const { world } = useAmphoraLab({ members: 0 });

  it('sends heartbeats, and opens the port as soon as it is free', async () => {
    const amphora = first(world.amphorae);
    await amphora.stopAgent();
    const listen = `TCP6-LISTEN:${amphora.port},fork,reuseaddr`;
    const squatter = await amphora.box.start(['socat', listen, 'SYSTEM:true']);
    await expect.poll(() => answers(amphora.address, amphora.port)).toBe(true);
    const before = Date.now();
    await amphora.startAgent();
    await world.healthManager.next(({ seq }) => seq >= 2);
    expect(amphora.agentLog()).toContain("the API can't bind");
    expect(world.healthManager.heartbeats.at(-1)?.receivedAt).toBeGreaterThan(before);
    squatter.signal('SIGTERM');
    await squatter.ended();
    const status = async (): Promise<number | undefined> =>
      (await amphora.controller.request({ method: 'GET', path: '/' }).catch(() => undefined))?.status;
    await expect.poll(status, { interval: 500 }).toBe(200);
  });
});

/** The agent answers the last header when it has begun with the request. */
const HEADERS = 'Host: x\r\nExpect: 100-continue\r\n';
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';

/** Ends the agent between the two parts of a request. @returns the answer, when the agent has ended */
async function sendInTwoParts(
  world: AmphoraLab,
  amphora: LabAmphora,
  parts: { readonly head: string; readonly tail: string },
): Promise<string> {
  const client = await readFile(world.pki.client);
  const ca = await readFile(world.pki.serverAuthority.certificate);
  return new Promise((resolve, reject) => {
    let answer = '';
    let ended: Promise<void> | undefined;
    const { address: host, port, id: servername } = amphora;
    const socket = connect({ host, port, servername, ca, cert: client, key: client }, () => {
      socket.write(parts.head);
    });
    const endAgent = async (): Promise<void> => {
      ended = amphora.stopAgent('SIGTERM');
      await expect.poll(() => isStopping(amphora)).toBe(true);
      socket.write(parts.tail);
    };
    socket.on('data', (chunk) => {
      answer += chunk;
      if (answer !== CONTINUE) return;
      answer = '';
      endAgent().catch(reject);
    });
    socket.once('close', () => void Promise.resolve(ended).then(() => resolve(answer), reject));
    socket.once('error', reject);
  });
}

/** the log since the last start of the agent */
const isStopping = (amphora: LabAmphora): boolean =>
  amphora.agentLog().lastIndexOf('"stopping"') > amphora.agentLog().lastIndexOf('API listens');
