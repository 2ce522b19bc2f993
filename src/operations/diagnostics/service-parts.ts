import path from 'node:path';
import type { HaproxyId } from '../../domain/ids.ts';
import {
  haproxyService,
  KEEPALIVED_SERVICE,
  keepalivedLvsService,
  METRICS_PROXY_SERVICE,
  NAMESPACE_SERVICE,
  UNIT_DIRECTORY,
} from '../../domain/paths.ts';
import { reasonOf } from '../../errors.ts';
import { lvsListenerIds } from '../keepalived/lvs-listeners.ts';
import { type DiagnosticsContext, jsonPart, type Part, presentFile, programPart } from './part.ts';

const AGENT_SERVICE = 'amphora-agent';
const LOG_LINES = '2000';

/** Returns the parts of the services: their states, their definitions and the ends of their logs. */
export async function serviceParts(
  context: DiagnosticsContext,
  loadBalancers: readonly HaproxyId[],
): Promise<Part[]> {
  const services = [
    ...loadBalancers.map(haproxyService),
    KEEPALIVED_SERVICE,
    ...(await lvsListenerIds(context)).map(keepalivedLvsService),
    METRICS_PROXY_SERVICE,
  ];
  const isSystemd = context.host.services.kind === 'systemd';
  const shown = isSystemd ? [...services, NAMESPACE_SERVICE, AGENT_SERVICE] : services;
  const parts = await Promise.all(
    shown.map((name) => (isSystemd ? unitParts(context, name) : supervisedParts(context, name))),
  );
  return [jsonPart('services/states.json', () => statesOf(context, services)), ...parts.flat()];
}

async function statesOf({ host }: DiagnosticsContext, services: readonly string[]): Promise<unknown> {
  const states = services.map(
    async (name) => [name, await host.services.state(name).catch(reasonOf)] as const,
  );
  return { manager: host.services.kind, services: Object.fromEntries(await Promise.all(states)) };
}

async function unitParts(context: DiagnosticsContext, name: string): Promise<Part[]> {
  const file = path.join(UNIT_DIRECTORY, `${name}.service`);
  return [
    ...(await presentFile(context, `services/${name}.service`, file)),
    programPart(
      context,
      `logs/${name}.log`,
      [
        ...(['journalctl', '--no-pager', '--output=short-iso-precise'] as const),
        '--lines',
        LOG_LINES,
        '--unit',
        name,
      ],
      'end',
    ),
  ];
}

async function supervisedParts(context: DiagnosticsContext, name: string): Promise<Part[]> {
  const at = (ending: string): string => path.join(context.paths.supervisorState, `${name}.${ending}`);
  return [
    ...(await presentFile(context, `services/${name}.json`, at('json'))),
    ...(await presentFile(context, `logs/${name}.log`, at('log'), 'end')),
  ];
}
