import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { haproxyConfigText } from '../../../sandbox/controller/load-balancer.ts';
import { temporaryFile } from '../../support/amphora/api.ts';
import { checkCost } from '../timing/vrrp-check-cost.ts';
import type { Contestant } from './contestants.ts';
import { largeConfig } from './large-config.ts';
import { type Measurement, timesOf } from './measurement.ts';

const UPLOADS = 3;
const POLL_MS = 3;

type Size = Parameters<typeof largeConfig>[1];

/** How long haproxy takes to check what is uploaded, without which no upload can be. */
export function checkMs(file: string): number {
  const began = performance.now();
  const { status } = spawnSync('haproxy', ['-c', '-q', '-f', file], { stdio: 'ignore' });
  if (status !== 0) throw new Error(`haproxy refuses ${file}`);
  return performance.now() - began;
}

/** What the first upload of a load balancer and then its changes take more than haproxy's check of the same text. */
async function uploadsOverCheck(
  { world, amphora, balancer, must }: Contestant,
  size: Size,
): Promise<{ first: number; changed: number }> {
  const id = randomUUID();
  const upload = async (): Promise<number> => {
    const text = largeConfig({ ...balancer, id }, size);
    const bare = checkMs(await temporaryFile(world, text));
    const began = performance.now();
    await must('PUT', `/1.0/loadbalancer/${amphora.id}/${id}/haproxy`, { text });
    return performance.now() - began - bare;
  };
  const uploads = { first: await upload(), changed: await timesOf(UPLOADS, upload) };
  await must('DELETE', `/1.0/listeners/${id}`);
  return uploads;
}

export const upload: Measurement = {
  rows: ['upload-first', 'upload-small', 'upload-large'],
  async measure(contestant) {
    const small = await uploadsOverCheck(contestant, { listeners: 1, members: 1 });
    const large = await uploadsOverCheck(contestant, { listeners: 100, members: 20 });
    return { 'upload-first': small.first, 'upload-small': small.changed, 'upload-large': large.changed };
  },
};

/** What haproxy answers at the VIP; undefined where nothing does. */
export function answerAt(vip: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const sent = get({ host: vip, port: 80, agent: false, timeout: 1000 }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (piece: string) => {
        body += piece;
      });
      response.once('end', () => resolve(body));
    });
    sent.once('timeout', () => sent.destroy());
    sent.once('error', () => resolve(undefined));
  });
}

export const reload: Measurement = {
  rows: ['reload'],
  async measure(contestant) {
    const { amphora, balancer, vip, must } = contestant;
    const text = haproxyConfigText(balancer);
    const taken = await timesOf(3, async () => {
      const mark = randomUUID();
      const answer = `    http-request return status 200 content-type text/plain string "${mark}"\n`;
      const changed = text.replace('    default_backend', `${answer}    default_backend`);
      await must('PUT', `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`, { text: changed });
      const began = performance.now();
      const done = must('PUT', `/1.0/loadbalancer/${balancer.id}/reload`);
      while ((await answerAt(vip)) !== mark) await delay(POLL_MS);
      await done;
      return performance.now() - began;
    });
    await contestant.serve(text);
    return { reload: taken };
  },
};

export const check: Measurement = {
  rows: ['check-cpu', 'check-wall'],
  async measure({ amphora, balancer, name }) {
    const program =
      name === 'ours' ? '/usr/lib/amphora-agent/bin/haproxy-vrrp-check' : '/usr/bin/haproxy-vrrp-check';
    const socket = amphora.box.file(`/var/lib/octavia/${balancer.id}.sock`);
    const cost = checkCost(program, [socket]);
    return { 'check-cpu': cost.cpuMs, 'check-wall': cost.wallMs };
  },
};
