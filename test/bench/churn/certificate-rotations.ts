import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from 'node:tls';
import { seededRandom } from '../../support/random.ts';
import type { Contestant } from '../compare/contestants.ts';
import { percentile } from '../timing/jitter.ts';
import { measureCpu } from './amphora-cost.ts';
import { issueCertificates, type RotatedCertificate, SERVER_NAME } from './certificates.ts';
import { certificatePath, TLS_PORT, tlsText } from './configurations.ts';
import { firstMembers } from './member-walk.ts';
import { startClients } from './processes.ts';
import type { ChurnFigures } from './rows.ts';
import { paced, type Scene } from './scene.ts';
import { countWorkers, whenServing } from './worker.ts';

const CONNECTIONS = 50;
const PACE_MS = 250;
const QUIET_MS = 5000;
const HANDSHAKE_MS = 5000;

/** Gives the listener a certificate, as Octavia does: a file with a new name, the list with it, then upload and reload. */
async function rotate(contestant: Contestant, text: string, certificate: RotatedCertificate): Promise<void> {
  const { balancer, must } = contestant;
  const at = (name: string): string => `/1.0/loadbalancer/${balancer.id}/certificates/${name}.pem`;
  await must('PUT', at(certificate.name), { text: certificate.pem });
  await must('PUT', at(balancer.listenerId), { text: `${certificatePath(balancer, certificate.name)}\n` });
  await contestant.upload(text);
  await contestant.reload();
}

/** Returns the serial number of the certificate that a new client gets; undefined where there is no handshake. */
async function servedSerial(host: string): Promise<string | undefined> {
  const socket = connect({ host, port: TLS_PORT, servername: SERVER_NAME, rejectUnauthorized: false });
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(HANDSHAKE_MS) });
    return socket.getPeerCertificate().serialNumber;
  } catch {
    return undefined;
  } finally {
    socket.on('error', () => undefined);
    socket.destroy();
  }
}

/** How one rotation went. */
interface Rotation {
  /** ms from the first request until the answer to the last */
  readonly requests: number;
  /** ms from the first request until a handshake has the new certificate */
  readonly serving: number;
  /** whether the first handshake after the last answer had another certificate, or failed */
  readonly isLate: boolean;
}

async function takeRotation(
  contestant: Contestant,
  text: string,
  certificate: RotatedCertificate,
): Promise<Rotation> {
  const began = performance.now();
  await rotate(contestant, text, certificate);
  const requests = performance.now() - began;
  let handshakes = 0;
  await whenServing(`certificate ${certificate.serial}`, async () => {
    handshakes += 1;
    return (await servedSerial(contestant.vip)) === certificate.serial;
  });
  return { requests, serving: performance.now() - began, isLate: handshakes > 1 };
}

/** Renewals of the certificate of a listener that terminates TLS, with idle connections. */
export async function measureCertificates(scene: Scene): Promise<ChurnFigures> {
  const { contestant, memberAddress, seed, count } = scene;
  const { balancer, world, vip } = contestant;
  const text = tlsText(balancer, memberAddress, firstMembers(seededRandom(seed)));
  const [first, ...others] = await issueCertificates(world.pki.serverAuthority, world.directory, count + 1);
  if (first === undefined) throw new Error('no certificate');
  await takeRotation(contestant, text, first);
  const tls = { port: TLS_PORT, servername: SERVER_NAME, connections: CONNECTIONS };
  const clients = await startClients({ host: vip, tls });
  const cpu = await measureCpu(contestant.amphora, () => delay(QUIET_MS));
  const workers = await countWorkers(contestant);
  const taken: Rotation[] = [];
  await paced(others, PACE_MS, async (certificate) => {
    taken.push(await takeRotation(contestant, text, certificate));
    await workers.look();
  });
  const cpuMs = await cpu.perChange(count);
  const counted = await clients.finish();
  return {
    'certificates-late': taken.filter(({ isLate }) => isLate).length,
    'certificates-closed': counted('tlsClosed'),
    'certificates-reloads': workers.reloads(),
    ...timesOf(taken),
    'certificates-cpu': cpuMs,
  };
}

function timesOf(taken: readonly Rotation[]): ChurnFigures {
  const requests = taken.map((rotation) => rotation.requests);
  return {
    'certificates-requests': percentile(requests, 0.5),
    'certificates-requests-p95': percentile(requests, 0.95),
    'certificates-serving': percentile(
      taken.map(({ serving }) => serving),
      0.5,
    ),
  };
}
