import path from 'node:path';
import type { HaproxyId } from '../../domain/ids.ts';
import {
  haproxyService,
  KEEPALIVED_SERVICE,
  keepalivedLvsService,
  METRICS_PROXY_SERVICE,
  NAMESPACE_SERVICE,
  UNIT_DIRECTORY,
  UPGRADE_SERVICE,
} from '../../domain/paths.ts';
import { reasonOf } from '../../errors.ts';
import { lvsListenerIds } from '../keepalived/lvs-listeners.ts';
import { RECOVERY_UNIT } from '../upgrade/runner.ts';
import { type DiagnosticsContext, filePart, jsonPart, type Part, presentFile, programPart } from './part.ts';

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
  return [
    jsonPart('services/states.json', () => statesOf(context, services)),
    ...parts.flat(),
    ...(await upgradeParts(context)),
  ];
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
    ...(await dropIns(context, name)),
    journalPart(context, name),
  ];
}

/** The directories of systemd's units. A file of an earlier one replaces the file of the same name in a later one. */
const UNIT_DIRECTORIES = ['/etc/systemd/system', '/run/systemd/system', UNIT_DIRECTORY];

/** Returns the parts of a unit that change its definition: what systemd reads of `NAME.service.d`. */
async function dropIns(context: DiagnosticsContext, name: string): Promise<Part[]> {
  const parts = new Map<string, Part>();
  for (const directory of UNIT_DIRECTORIES.map((at) => path.join(at, `${name}.service.d`))) {
    for (const file of await context.host.files.list(directory)) {
      if (!file.endsWith('.conf') || parts.has(file)) continue;
      const part = filePart(context, `services/${name}.service.d/${file}`, path.join(directory, file));
      parts.set(file, part);
    }
  }
  return [...parts.values()];
}

const journalPart = (context: DiagnosticsContext, unit: string): Part =>
  programPart(
    context,
    `logs/${unit}.log`,
    [
      ...(['journalctl', '--no-pager', '--output=short-iso-precise'] as const),
      '--lines',
      LOG_LINES,
      '--unit',
      unit,
    ],
    'end',
  );

const UPGRADE_UNITS = [UPGRADE_SERVICE, path.basename(RECOVERY_UNIT, '.service')];

/** Returns the parts of upgrades: the last one, the earlier ones, and the logs of the program that does them. */
async function upgradeParts(context: DiagnosticsContext): Promise<Part[]> {
  const { record, history } = context.paths.upgrade;
  const files = [
    ...(await presentFile(context, 'upgrade/upgrade.json', record)),
    ...(await presentFile(context, 'upgrade/history.json', history)),
  ];
  if (files.length === 0 || context.host.services.kind !== 'systemd') return files;
  return [...files, ...UPGRADE_UNITS.map((unit) => journalPart(context, unit))];
}

async function supervisedParts(context: DiagnosticsContext, name: string): Promise<Part[]> {
  const at = (ending: string): string => path.join(context.paths.supervisorState, `${name}.${ending}`);
  return [
    ...(await presentFile(context, `services/${name}.json`, at('json'))),
    ...(await presentFile(context, `logs/${name}.log`, at('log'), 'end')),
  ];
}
