import { readFile } from 'node:fs/promises';
import { haproxyConfigText, keepalivedConfigText } from '../../../sandbox/controller/load-balancer.ts';
import { issueCertificate } from '../../../sandbox/controller/pki.ts';
import { AMPHORA_NAMESPACE } from '../../../src/domain/paths.ts';
import { createRecordingAuthority } from '../certificates/openssl-authority.ts';
import type { LabAmphora } from './amphora-lab.ts';
import { insisting } from './api.ts';
import type { PluggedAmphora } from './plugged-amphora.ts';

const BASE = '/var/lib/octavia';
const CERTIFICATE = 'c6a1bb8b25ca9a2e8c2ae8f2a3d5c9f0e2b3a4d5.pem';

/** Puts the agent's base_path on a disk that has just more than the agent calls full. */
export async function useSmallDisk({ exec }: Pick<LabAmphora, 'exec'>): Promise<void> {
  await exec(['cp', '-a', BASE, '/run/before']);
  await exec(['mount', '-t', 'tmpfs', '-o', 'size=72m,mode=755', 'small', BASE]);
  await exec(['cp', '-a', '/run/before/.', BASE]);
}

/** An amphora whose load balancer serves HTTP and TLS, with keepalived, and everything that a test does to it. */
export function faultScene({ world, amphora, ask, balancer, vip }: PluggedAmphora) {
  const must = insisting(ask);
  const text = haproxyConfigText(balancer);
  const certificates = `${BASE}/certs/${balancer.id}`;
  const tls = `${text.replace(/^ {4}bind .*$/m, `$&\n    bind ${vip}:443 ssl crt ${certificates}/${CERTIFICATE}`)}`;
  const upload = (body: string) =>
    ask('PUT', `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`, { text: body });
  const act = (action: string) => ask('PUT', `/1.0/loadbalancer/${balancer.id}/${action}`);
  const run = async (body: string): Promise<void> => {
    if ((await upload(body)).status !== 202) throw new Error('the upload failed');
    await must('PUT', `/1.0/loadbalancer/${balancer.id}/reload`);
  };
  const storeCertificate = async (file: string): Promise<void> => {
    const pem = await readFile(file, 'utf8');
    await must('PUT', `/1.0/loadbalancer/${balancer.id}/certificates/${CERTIFICATE}`, { text: pem });
  };
  const request = { name: 'site', commonName: 'www.example.org', purpose: 'server' } as const;
  const { directory, serverAuthority } = world.pki;
  return {
    ...{ must, text, upload, act, run },
    /** the configuration that serves */
    tls,
    /** Stores a certificate that is valid. */
    validCertificate: async () =>
      storeCertificate(await issueCertificate(serverAuthority, directory, request)),
    async expiredCertificate(): Promise<void> {
      const recording = await createRecordingAuthority(serverAuthority, directory);
      await storeCertificate(await recording.issueFor('past', request));
    },
    async startKeepalived(): Promise<void> {
      const role = {
        amphoraId: amphora.id,
        state: 'MASTER',
        priority: 100,
        advertisementInterval: 1,
      } as const;
      await must('PUT', '/1.0/vrrp/upload', { text: keepalivedConfigText(balancer, role) });
      await must('PUT', '/1.0/vrrp/start');
    },
    /** Sends a signal to the workers of haproxy. */
    async signalWorkers(name: 'STOP' | 'CONT', workers?: readonly string[]): Promise<string[]> {
      const master = (await amphora.readText(`${BASE}/${balancer.id}/${balancer.id}.pid`)).trim();
      const found = workers ?? (await amphora.exec(['pgrep', '--parent', master])).stdout.trim().split('\n');
      await amphora.exec(['kill', `-${name}`, ...found]);
      return [...found];
    },
    /** Has another program use an address of the VIP as long as the function runs. */
    async occupied(port: number, use: () => Promise<unknown>): Promise<void> {
      const listen = `TCP-LISTEN:${port},bind=${vip},fork,reuseaddr`;
      const inside = ['ip', 'netns', 'exec', AMPHORA_NAMESPACE, 'socat', listen, '-'] as const;
      const squatter = await amphora.box.start(inside);
      await use().finally(() => squatter.stop());
    },
  };
}
