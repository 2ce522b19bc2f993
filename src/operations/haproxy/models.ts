import path from 'node:path';
import type { ApiVersion } from '../../domain/api-version.ts';
import { withInstalledKeys } from '../../domain/certificates/model-keys.ts';
import type { AmphoraId, HaproxyId } from '../../domain/ids.ts';
import { PING_COMMAND } from '../../domain/paths.ts';
import { InvalidInput } from '../../errors.ts';
import { OCTAVIA_LOG_SOCKET } from '../../host/syslog.ts';
import type { MachineFacts } from '../../render/haproxy/machine.ts';
import { renderHaproxy } from '../../render/haproxy/render-haproxy.ts';
import { LVS_PROTOCOLS } from '../../schemas/models/checks/cross-checks.ts';
import type { LoadBalancerModel } from '../../schemas/models/load-balancer.ts';
import { parseListenerModel, parseLoadBalancerModel } from '../../schemas/models/parse.ts';
import { installedCertificates, type RenderedCertificate } from '../certificates/model-certificates.ts';
import type { OperationContext } from '../context.ts';
import { requireSameId, type Upload } from '../upload.ts';

export interface HaproxyUpload extends Upload {
  readonly version: ApiVersion;
  readonly amphora: AmphoraId;
  /** load balancer (1.0) or listener (0.5) */
  readonly id: HaproxyId;
}

/** A configuration and the certificates that it names. */
export interface HaproxyFiles {
  readonly config: Buffer;
  readonly certificates: readonly RenderedCertificate[];
}

/**
 * Renders haproxy.cfg from the model of a load balancer (1.0) or of a listener (0.5). A certificate without a key gets the
 * key that is installed with it.
 * @param directory absolute path of the certificates' directory in the configuration
 * @throws InvalidInput with one line for each fault and its path in the document
 */
export async function renderHaproxyModel(
  context: OperationContext,
  upload: HaproxyUpload,
  directory: string,
): Promise<HaproxyFiles> {
  const { config, paths, render } = context;
  const json = withInstalledKeys(upload.model, await installedCertificates(context, upload.id));
  const model = upload.version === '1.0' ? loadBalancerOf(upload.id, json) : listenerOf(upload.id, json);
  requireAmongPeers(model, upload.amphora);
  const { text, certificates } = renderHaproxy(render, model, {
    haproxy: { ...paths.loadBalancer(upload.id), certificates: directory },
    logSocket: OCTAVIA_LOG_SOCKET,
    userLogFacility: config().userLogFacility,
    administrativeLogFacility: config().administrativeLogFacility,
    pingCommand: PING_COMMAND,
    machine: await machineFacts(context, upload),
  });
  return {
    config: Buffer.from(text),
    certificates: certificates.map(({ file, pem }) => ({ file: path.join(directory, file), pem })),
  };
}

/** In API 0.5 each listener has its own haproxy. They share the memory, so each gets haproxy's default TLS cache. */
async function machineFacts(
  { config, host: { system } }: OperationContext,
  { version }: HaproxyUpload,
): Promise<MachineFacts> {
  return {
    memoryKib: (await system.memory()).total,
    cpuCount: system.cpuCount(),
    tunedProfiles: await system.activeTunedProfile(),
    tlsCacheMib: version === '1.0' ? config().haproxyTlsCacheLimit : 0,
  };
}

/** Requires the amphora in the list of peers: haproxy ignores a peers section that lacks its own name. */
function requireAmongPeers({ amphora: { topology, peers } }: LoadBalancerModel, amphora: AmphoraId): void {
  const isAmong = peers.some(({ amphora_id }) => amphora_id.toLowerCase() === amphora.toLowerCase());
  if (topology === 'SINGLE' || peers.length === 0 || isAmong) return;
  throw new InvalidInput('request', `amphora.peers: no peer has the id ${amphora} of the request's path`);
}

function loadBalancerOf(id: HaproxyId, json: unknown): LoadBalancerModel {
  const model = parseLoadBalancerModel(json);
  requireSameId('loadbalancer_id', model.loadbalancer_id, id);
  return model;
}

function listenerOf(id: HaproxyId, json: unknown): LoadBalancerModel {
  const model = parseListenerModel(json);
  for (const { listener_id, protocol } of model.listeners) {
    requireSameId('listener_id', listener_id, id);
    if (LVS_PROTOCOLS.includes(protocol))
      throw new InvalidInput('request', `protocol: haproxy does not serve ${protocol}`);
  }
  return model;
}
