import path from 'node:path';
import { IDLE_FRONTEND, peerName } from '../../domain/haproxy/haproxy-text.ts';
import { endpoint } from '../../domain/network/endpoints.ts';
import { LVS_PROTOCOLS } from '../../schemas/models/checks/cross-checks.ts';
import type { ListenerModel } from '../../schemas/models/listener.ts';
import type { LoadBalancerModel } from '../../schemas/models/load-balancer.ts';
import type { RenderTemplate } from '../templates.ts';
import { type BackendView, backendView, poolsOf } from './backend.ts';
import { type CertificateFile, type CertificateStore, createCertificateStore } from './certificates.ts';
import { type FrontendView, frontendView } from './frontend.ts';
import { activeMonitor } from './health.ts';
import { type MachineFacts, pinnedThreads, tlsCacheBlocks } from './machine.ts';
import { word } from './quoting.ts';
import type { HaproxySettings } from './settings.ts';
import { terminatesTls } from './tls.ts';

/** A configuration and its certificate files. */
export interface RenderedHaproxy {
  readonly text: string;
  readonly certificates: readonly CertificateFile[];
}

interface ListenerView {
  readonly frontend: FrontendView;
  readonly backends: readonly BackendView[];
}

/** The limit of connections, from which haproxy derives its number of file descriptors. Octavia has the same limit. */
const MOST_CONNECTIONS = 1_000_000;
const IDLE_CONNECTIONS = 10;

/**
 * Renders haproxy.cfg of a load balancer, or of the single listener of API 0.5. It leaves out UDP and SCTP listeners, which
 * keepalived serves. Without any enabled listener, a frontend that accepts no connections keeps haproxy running.
 */
export function renderHaproxy(
  render: RenderTemplate,
  model: LoadBalancerModel,
  settings: HaproxySettings,
): RenderedHaproxy {
  const store = createCertificateStore(settings.haproxy.certificates);
  const enabled = model.listeners.filter(
    (listener) =>
      model.admin_state_up && listener.admin_state_up && !LVS_PROTOCOLS.includes(listener.protocol),
  );
  const peers = peersView(model);
  const context = { model, store, peers: peers?.name, pingCommand: settings.pingCommand };
  const listeners = enabled.map((listener) => listenerView(listener, context));
  const connections = connectionLimit(enabled);
  const text = render('haproxy/haproxy.cfg.njk', {
    id: model.loadbalancer_id,
    logSocket: word(settings.logSocket),
    userLogFacility: settings.userLogFacility,
    administrativeLogFacility: settings.administrativeLogFacility,
    statsSocket: word(settings.haproxy.statsSocket),
    serversState: word(settings.haproxy.serversState),
    connectionLimit: connections,
    ...machineValues(settings.machine, connections, enabled),
    pings: enabled.some(usesPing),
    peers,
    exports: enabled.some(({ protocol }) => protocol === 'PROMETHEUS'),
    idleFrontend: IDLE_FRONTEND,
    idleSocket: word(path.join(settings.haproxy.directory, 'idle.sock')),
    listeners,
  });
  return { text, certificates: store.files() };
}

/** Returns the values that depend on the machine. For an undefined value, haproxy uses its default. */
const machineValues = (
  machine: MachineFacts | undefined,
  connections: number,
  listeners: readonly ListenerModel[],
): { readonly tlsCacheBlocks?: number | undefined; readonly threads?: number | undefined } => {
  if (machine === undefined) return {};
  const blocks = listeners.some(terminatesTls) ? tlsCacheBlocks(machine, connections) : undefined;
  return { tlsCacheBlocks: blocks, threads: pinnedThreads(machine) };
};

function listenerView(
  listener: ListenerModel,
  context: {
    readonly model: LoadBalancerModel;
    readonly store: CertificateStore;
    readonly peers: string | undefined;
    readonly pingCommand: string;
  },
): ListenerView {
  return {
    frontend: frontendView(listener, context.model, context.store),
    backends: poolsOf(listener).map((pool) => backendView(pool, { ...context, listener })),
  };
}

/**
 * Returns the sum of the listeners' limits. Without listeners it isn't 0, because haproxy's own sockets need descriptors.
 */
function connectionLimit(listeners: readonly ListenerModel[]): number {
  const sum = listeners.reduce((total, listener) => total + listener.connection_limit, 0);
  return Math.min(sum || IDLE_CONNECTIONS, MOST_CONNECTIONS);
}

const usesPing = (listener: ListenerModel): boolean =>
  poolsOf(listener).some((pool) => activeMonitor(pool)?.type === 'PING');

interface PeersView {
  readonly name: string;
  readonly peers: readonly { readonly name: string; readonly endpoint: string }[];
}

/** Returns the amphorae that share their stick tables; undefined for a single amphora. */
function peersView({ amphora, loadbalancer_id }: LoadBalancerModel): PeersView | undefined {
  if (amphora.topology !== 'ACTIVE_STANDBY' || amphora.peers.length === 0) return undefined;
  return {
    name: `${loadbalancer_id.replaceAll('-', '')}_peers`,
    peers: amphora.peers.map(({ amphora_id, vrrp_ip }) => ({
      name: peerName(amphora_id),
      endpoint: endpoint(vrrp_ip, amphora.peer_port),
    })),
  };
}
