import { md5Hex } from '../domain/md5.ts';
import { KEEPALIVED_SERVICE } from '../domain/paths.ts';
import { InvalidInput, type ServiceAction } from '../errors.ts';
import { renderCheckScript } from '../render/check-scripts.ts';
import { keepalivedDefinition } from '../render/units.ts';
import { updateCheckScripts } from './check-scripts.ts';
import { type OperationContext, VRRP } from './context.ts';
import type { ActionDone } from './load-balancer-actions.ts';
import { installNamespaceService } from './load-balancer-upload.ts';

/** It may hold the password of VRRP. */
const CONFIG_MODE = 0o600;
const SCRIPT_MODE = 0o755;

/**
 * Stores keepalived's configuration with the scripts that it runs (contract section 6). Starts nothing.
 * @returns the md5 of what was sent
 * @throws InvalidInput for an empty body: a configured keepalived that can't run silences the heartbeats
 */
export function uploadVrrp(context: OperationContext, body: Buffer): Promise<{ etag: string }> {
  if (body.toString('latin1').trim() === '') {
    throw new InvalidInput('request', 'the keepalived configuration is empty');
  }
  return context.queue.run(VRRP, async () => {
    const { paths, host, render, logger } = context;
    await host.files.makeDirectory(paths.vrrp.checkScripts);
    await host.files.write(paths.vrrp.checkScript, renderCheckScript(render, paths.vrrp), {
      mode: SCRIPT_MODE,
    });
    await updateCheckScripts(context);
    await installNamespaceService(context);
    const definition = keepalivedDefinition(context);
    await host.services.install(definition);
    await host.services.enable(definition.name);
    await host.files.write(paths.vrrp.config, body, { mode: CONFIG_MODE });
    logger.info({ bytes: body.length }, 'keepalived configuration stored');
    return { etag: md5Hex(body) };
  });
}

/**
 * Starts, stops or reloads keepalived; a start of what runs is a reload (contract section 3).
 * @throws ServiceFailed with the words of keepalived or of the service manager
 */
export function actOnVrrp(context: OperationContext, action: ServiceAction): Promise<ActionDone> {
  return context.queue.run(VRRP, async () => {
    const { services } = context.host;
    const done = await act(services, action);
    context.logger.info({ action: done }, 'keepalived action done');
    return done;
  });
}

async function act(
  services: OperationContext['host']['services'],
  action: ServiceAction,
): Promise<ActionDone> {
  if (action === 'stop') {
    await services.stop(KEEPALIVED_SERVICE);
    return 'stopped';
  }
  const { status } = await services.state(KEEPALIVED_SERVICE);
  if (action === 'reload' || status === 'active') {
    await services.reload(KEEPALIVED_SERVICE);
    return 'reloaded';
  }
  await services.start(KEEPALIVED_SERVICE);
  return 'started';
}
