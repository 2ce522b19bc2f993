import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { issueCertificate, type Pki } from '../../../sandbox/controller/pki.ts';
import { SimulatedAmphora, type SimulatedSettings, type UpgradeWatch } from './simulated-amphora.ts';

/** Amphorae that share a certificate, which names all of them: a certificate for each would take long to make. */
const SHARED = 20;

/** Servers that speak the API, each on an address of its own in 127.0.0.0/8. */
export interface SimulatedFleet {
  readonly port: number;
  readonly amphorae: readonly SimulatedAmphora[];
  /** address of an amphora, by its place */
  address(index: number): string;
  /** ids of the amphorae in the order in which their upgrades began */
  readonly begun: readonly string[];
  /** load balancers of which two amphorae were upgraded at the same time */
  readonly violations: readonly string[];
  /** most upgrades at the same time */
  mostAtOnce(): number;
  close(): Promise<void>;
}

/** Returns the id with a number, for amphorae (kind 1) and load balancers (kind 2). */
export const simulatedId = (kind: number, number: number): string =>
  `0000000${kind}-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;

const address = (index: number): string => `127.${10 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;

/** Starts the servers. @param bundle id of the bundle that they get */
export async function startSimulatedFleet(
  pki: Pki,
  settings: readonly SimulatedSettings[],
  bundle: string,
): Promise<SimulatedFleet> {
  const watch = createWatch(settings);
  const amphorae = settings.map((one) => new SimulatedAmphora(one, watch));
  for (const one of amphorae) one.bundle = bundle;
  const ca = await readFile(pki.clientAuthority.certificate, 'utf8');
  const servers: Server[] = [];
  let pem = '';
  let port = 0;
  for (const [index, amphora] of amphorae.entries()) {
    if (index % SHARED === 0) pem = await certificateOf(pki, settings.slice(index, index + SHARED));
    const server = createServer(
      { cert: pem, key: pem, ca, requestCert: true, rejectUnauthorized: true },
      (request, response) => void amphora.answer(request, response).catch(() => request.destroy()),
    );
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen({ port, host: address(index + 1), backlog: 8 }, resolve);
    });
    if (port === 0) port = (server.address() as AddressInfo).port;
    servers.push(server);
  }
  return {
    ...{ port, amphorae, address: (index) => address(index + 1), ...watch.seen },
    async close() {
      for (const server of servers) {
        server.closeAllConnections();
        server.close();
      }
    },
  };
}

async function certificateOf(pki: Pki, group: readonly SimulatedSettings[]): Promise<string> {
  const [first] = group;
  if (first === undefined) throw new Error('there is no amphora');
  const file = await issueCertificate(pki.serverAuthority, pki.directory, {
    ...{ name: `server-${first.id}`, commonName: first.id, purpose: 'server' },
    alternativeNames: group.map(({ id }) => `DNS:${id}`),
  });
  return readFile(file, 'utf8');
}

function createWatch(
  settings: readonly SimulatedSettings[],
): UpgradeWatch & { readonly seen: Pick<SimulatedFleet, 'begun' | 'violations' | 'mostAtOnce'> } {
  const balancers = new Map(settings.map(({ id, loadBalancer }) => [id, loadBalancer]));
  const running = new Set<string>();
  const begun: string[] = [];
  const violations: string[] = [];
  let most = 0;
  return {
    begin(amphora) {
      const balancer = balancers.get(amphora) ?? '';
      if ([...running].some((one) => balancers.get(one) === balancer)) violations.push(balancer);
      running.add(amphora);
      begun.push(amphora);
      most = Math.max(most, running.size);
    },
    end: (amphora) => void running.delete(amphora),
    seen: { begun, violations, mostAtOnce: () => most },
  };
}
