import type { ApiVersion } from '../../domain/api-version.ts';
import type { ListenerId } from '../../domain/ids.ts';
import { InvalidInput } from '../../errors.ts';
import { renderLvs } from '../../render/lvs/lvs.ts';
import { renderVrrp } from '../../render/vrrp/vrrp.ts';
import { LVS_PROTOCOLS } from '../../schemas/models/checks/cross-checks.ts';
import { parseListenerModel } from '../../schemas/models/parse.ts';
import { parseVrrpModel } from '../../schemas/models/vrrp.ts';
import type { OperationContext } from '../context.ts';
import { requireSameId, type Upload } from '../upload.ts';

export interface LvsUpload extends Upload {
  readonly version: ApiVersion;
  readonly id: ListenerId;
}

type RenderContext = Pick<OperationContext, 'paths' | 'render'>;

/**
 * Renders keepalived's configuration of a UDP or SCTP listener.
 * @throws InvalidInput with one line for each fault and its path in the document
 */
export function renderLvsModel({ paths, render }: RenderContext, { id, model }: LvsUpload): Buffer {
  const loadBalancer = parseListenerModel(model);
  const texts = loadBalancer.listeners.map((listener) => {
    requireSameId('listener_id', listener.listener_id, id);
    if (!LVS_PROTOCOLS.includes(listener.protocol)) {
      throw new InvalidInput('request', `protocol: must be ${LVS_PROTOCOLS.join(' or ')}`);
    }
    return renderLvs(render, loadBalancer, listener, paths);
  });
  return Buffer.from(texts.join(''));
}

/** Renders keepalived's configuration for VRRP. @throws InvalidInput with one line for each fault and its path */
export const renderVrrpModel = ({ paths, render }: RenderContext, { model }: Upload): Buffer =>
  Buffer.from(renderVrrp(render, parseVrrpModel(model), paths.vrrp));
