import path from 'node:path';
import { createPaths } from '../../../src/domain/paths.ts';
import { renderLvs } from '../../../src/render/lvs/lvs.ts';
import { renderVrrp } from '../../../src/render/vrrp/vrrp.ts';
import { parseLoadBalancerModel } from '../../../src/schemas/models/parse.ts';
import { parseVrrpModel } from '../../../src/schemas/models/vrrp.ts';
import { renderTemplate as render } from '../templates.ts';

export const GOLDEN = path.resolve(import.meta.dirname, '../../golden');

const paths = createPaths({
  basePath: '/var/lib/octavia',
  baseCertDir: '/var/lib/octavia/certs',
  agentServerNetworkDir: '/etc/octavia/interfaces/',
});

/** Renders keepalived.conf of a VRRP model. @throws InvalidInput */
export const vrrpText = (json: unknown, checkScript = paths.vrrp.checkScript): string =>
  renderVrrp(render, parseVrrpModel(json), { checkScript });

/** Renders keepalived's configuration of the first listener of a load balancer model. @throws InvalidInput */
export function lvsText(json: unknown): string {
  const model = parseLoadBalancerModel(json);
  const [listener] = model.listeners;
  if (listener === undefined) throw new Error('a model with a listener');
  return renderLvs(render, model, listener, paths);
}
