import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { issueCertificate } from '../../../sandbox/controller/pki.ts';
import type { Contestant } from './contestants.ts';
import { largeConfig } from './large-config.ts';
import { type Measurement, timesOf } from './measurement.ts';

/**
 * `tune.ssl.cachesize` as Octavia's master renders it for an amphora of 4 GiB with 50 000 connections: some 850 MB. That of an amphora of
 * 24 GiB would need 8 GB of this machine for octavia-agent.
 */
const CACHE_BLOCKS = 3_400_000;
const UPLOADS = 3;
const POLL_MS = 2;
const CERTIFICATE = 'web.pem';
const KIB_PER_MIB = 1024;

/** haproxy.cfg with a listener that terminates TLS, and with the large cache. A new text with each call. */
function tlsConfig({ balancer }: Contestant, id: string): string {
  const certificate = `/var/lib/octavia/certs/${id}/${CERTIFICATE}`;
  return largeConfig({ ...balancer, id }, { listeners: 1, members: 1 })
    .replace('global\n', `global\n    tune.ssl.cachesize ${CACHE_BLOCKS}\n`)
    .replace(/^ {4}bind .*$/m, (line) => `${line} ssl crt ${certificate}`);
}

/** The most memory in MiB that a program of the agent's had which is called haproxy, until something has ended. */
async function peakOfHaproxy({ pids }: Contestant, end: Promise<unknown>): Promise<number> {
  let isOver = false;
  const over = end.finally(() => {
    isOver = true;
  });
  let peak = 0;
  while (!isOver) {
    for (const pid of await pids()) peak = Math.max(peak, await peakMiB(pid));
    await delay(POLL_MS);
  }
  await over;
  return peak;
}

/** proc(5), VmHWM; 0 for another program, and for one that has ended */
async function peakMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  if (!/^Name:\thaproxy$/m.test(status)) return 0;
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / KIB_PER_MIB;
}

export const tlsCache: Measurement = {
  rows: ['upload-cache', 'check-memory'],
  async measure(contestant) {
    const { amphora, world, must } = contestant;
    const id = randomUUID();
    const request = { name: `web-${id}`, commonName: 'www.example.org', purpose: 'server' } as const;
    const file = await issueCertificate(world.pki.serverAuthority, world.pki.directory, request);
    const text = await readFile(file, 'utf8');
    await must('PUT', `/1.0/loadbalancer/${id}/certificates/${CERTIFICATE}`, { text });
    const upload = (): Promise<string> =>
      must('PUT', `/1.0/loadbalancer/${amphora.id}/${id}/haproxy`, { text: tlsConfig(contestant, id) });
    // the first one writes a unit
    const memory = await peakOfHaproxy(contestant, upload());
    const taken = await timesOf(UPLOADS, async () => {
      const began = performance.now();
      await upload();
      return performance.now() - began;
    });
    await must('DELETE', `/1.0/listeners/${id}`);
    return { 'upload-cache': taken, 'check-memory': memory };
  },
};
