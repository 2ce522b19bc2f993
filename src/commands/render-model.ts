import type { AgentConfig } from '../config/options.ts';
import { peerName } from '../domain/haproxy/haproxy-text.ts';
import { loadBalancerId } from '../domain/ids.ts';
import { createPaths, PING_COMMAND } from '../domain/paths.ts';
import { InvalidInput } from '../errors.ts';
import { OCTAVIA_LOG_SOCKET } from '../host/syslog.ts';
import type { CertificateFile } from '../render/haproxy/certificates.ts';
import { renderHaproxy } from '../render/haproxy/render-haproxy.ts';
import { renderLvs } from '../render/lvs/lvs.ts';
import type { RenderTemplate } from '../render/templates.ts';
import { renderVrrp } from '../render/vrrp/vrrp.ts';
import { LVS_PROTOCOLS } from '../schemas/models/checks/cross-checks.ts';
import type { ListenerModel } from '../schemas/models/listener.ts';
import type { LoadBalancerModel } from '../schemas/models/load-balancer.ts';
import { parseListenerModel, parseLoadBalancerModel } from '../schemas/models/parse.ts';
import { parseVrrpModel } from '../schemas/models/vrrp.ts';

export const MODEL_KINDS = ['haproxy', 'lvs', 'vrrp'] as const;
export type ModelKind = (typeof MODEL_KINDS)[number];

export interface RenderRequest {
  /** undefined: derived from the model */
  readonly kind: ModelKind | undefined;
  /** id of the UDP or SCTP listener in a load balancer's model */
  readonly listener: string | undefined;
}

export interface RenderedModel {
  readonly kind: ModelKind;
  readonly text: string;
  readonly certificates: readonly CertificateFile[];
  /** name of one of haproxy's peers, which haproxy needs for its check; undefined if the configuration has no peers */
  readonly peer: string | undefined;
}

interface RenderContext {
  readonly render: RenderTemplate;
  readonly config: AgentConfig;
  /** directory of haproxy's certificates; default: the directory in which the agent would store them */
  readonly certificates?: string;
}

/**
 * Renders the configuration that a model describes.
 * @throws InvalidInput with a line for each fault
 */
export function renderModel(context: RenderContext, json: unknown, request: RenderRequest): RenderedModel {
  const kind = request.kind ?? kindOf(json, request);
  const { render, config } = context;
  const paths = createPaths(config);
  if (request.listener !== undefined && kind !== 'lvs')
    throw new InvalidInput('request', `--listener works only with the kind lvs, but the kind is ${kind}`);
  if (kind === 'vrrp') {
    const text = renderVrrp(render, parseVrrpModel(json), { checkScript: paths.vrrp.checkScript });
    return { kind, text, certificates: [], peer: undefined };
  }
  const model = fieldsOf(json).has('listener_id') ? parseListenerModel(json) : parseLoadBalancerModel(json);
  if (kind === 'haproxy') return { kind, ...haproxyOf(context, model) };
  const text = renderLvs(render, model, lvsListener(model, request.listener), paths);
  return { kind, text, certificates: [], peer: undefined };
}

function haproxyOf(
  { render, config, certificates }: RenderContext,
  model: LoadBalancerModel,
): Omit<RenderedModel, 'kind'> {
  const places = createPaths(config).loadBalancer(loadBalancerId(model.loadbalancer_id));
  const [peer] = model.amphora.topology === 'ACTIVE_STANDBY' ? model.amphora.peers : [];
  const rendered = renderHaproxy(render, model, {
    haproxy: { ...places, certificates: certificates ?? places.modelCertificates },
    logSocket: OCTAVIA_LOG_SOCKET,
    userLogFacility: config.userLogFacility,
    administrativeLogFacility: config.administrativeLogFacility,
    pingCommand: PING_COMMAND,
  });
  return { ...rendered, peer: peer === undefined ? undefined : peerName(peer.amphora_id) };
}

/**
 * Derives the kind from the model. Only a VRRP model has an instance. If keepalived serves all listeners of a model, the
 * model has nothing for haproxy.
 */
function kindOf(json: unknown, { listener }: RenderRequest): ModelKind {
  const fields = fieldsOf(json);
  if (fields.has('instance') || fields.has('virtual_router_id')) return 'vrrp';
  if (listener !== undefined) return 'lvs';
  const listeners = fields.get('listeners');
  const protocols = (Array.isArray(listeners) ? listeners : [json]).map((one) =>
    fieldsOf(one).get('protocol'),
  );
  const isLvs = (protocol: unknown): boolean => LVS_PROTOCOLS.some((one) => one === protocol);
  return protocols.length > 0 && protocols.every(isLvs) ? 'lvs' : 'haproxy';
}

const fieldsOf = (json: unknown): ReadonlyMap<string, unknown> =>
  new Map(typeof json === 'object' && json !== null ? Object.entries(json) : []);

function lvsListener({ listeners }: LoadBalancerModel, id: string | undefined): ListenerModel {
  const candidates = listeners.filter(({ protocol }) => LVS_PROTOCOLS.includes(protocol));
  const ids = candidates.map(({ listener_id }) => listener_id).join(', ') || 'none';
  const [only, ...others] = candidates.filter(({ listener_id }) => id === undefined || listener_id === id);
  if (only !== undefined && others.length === 0) return only;
  const problem = only === undefined ? 'no such UDP or SCTP listener' : 'several UDP and SCTP listeners';
  throw new InvalidInput('request', `--listener: ${problem} in the model (${ids})`);
}
