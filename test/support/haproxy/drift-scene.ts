import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pino from 'pino';
import { loadConfig } from '../../../src/config/load-config.ts';
import { amphoraId, type HaproxyId, loadBalancerId } from '../../../src/domain/ids.ts';
import type { Paths } from '../../../src/domain/paths.ts';
import { createHost } from '../../../src/host/create-host.ts';
import type { OperationContext } from '../../../src/operations/context.ts';
import type { DriftKind } from '../../../src/operations/drift/drift-kind.ts';
import { lookForDrift } from '../../../src/operations/drift/drift-look.ts';
import { createDriftState } from '../../../src/operations/drift/drift-state.ts';
import { HAPROXY_DRIFT } from '../../../src/operations/drift/haproxy/haproxy-drift.ts';
import { actOnLoadBalancer } from '../../../src/operations/haproxy/actions.ts';
import { uploadHaproxy } from '../../../src/operations/haproxy/upload.ts';
import { askWorkerState } from '../../../src/operations/run-time/worker.ts';
import { renderPrograms } from '../../../src/render/programs.ts';
import { freshState } from '../fresh-state.ts';
import { fixedSettings } from '../http/fixed-settings.ts';
import { renderTemplate } from '../templates.ts';
import { createSupervisedWorld, type SupervisedWorld } from './supervised-haproxy.ts';

const AMPHORA = '3f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f';
const SECOND_MS = 10_000;
const HOUR_MS = 3_600_000;
const ANSWER_MS = 60_000;

/** One line of the log. */
export interface Logged {
  readonly msg: string;
  readonly level: number;
}

/** The operations of an agent on one haproxy under the supervisor, and the looks for its drift. */
export interface DriftScene {
  readonly id: HaproxyId;
  readonly context: OperationContext;
  /** a port of its own inside the namespace */
  readonly port: number;
  readonly paths: ReturnType<Paths['loadBalancer']>;
  readonly kind: DriftKind;
  readonly log: readonly Logged[];
  upload(text: string): Promise<void>;
  act(action: 'start' | 'stop' | 'reload'): Promise<unknown>;
  /** Uploads and reloads, or starts. */
  run(text: string): Promise<void>;
  /**
   * Looks twice, as far apart as two looks of the agent.
   * @param between what happens between the looks; default: nothing
   * @returns the confirmed items, and how many repairs had success
   */
  lookTwice(
    mode: 'report' | 'repair',
    between?: () => Promise<unknown>,
  ): Promise<{ readonly items: readonly Item[]; readonly repaired: number }>;
  /** Lets an hour pass for the bound of repairs. */
  anHourLater(): void;
  /** Returns the number of repairs so far, by any result. */
  repairs(): number;
  /** Sends a command to the worker, as a person does. @returns its answer */
  command(text: string): Promise<string>;
  /**
   * Waits until a worker answers through its master: after a start, it answers on its own socket some milliseconds earlier.
   * @returns its process id
   */
  answered(): Promise<number>;
  close(): Promise<void>;
}

export interface Item {
  readonly kind: string;
  readonly wanted: string;
  readonly seen: string;
  readonly repair: string | null;
  readonly weight: string;
}

export async function openDriftScene(): Promise<DriftScene> {
  const world: SupervisedWorld = await createSupervisedWorld();
  const { name, port } = await world.addHaproxy();
  const id = loadBalancerId(name.replace('haproxy-', ''));
  const at = world.paths.loadBalancer(id);
  const log: Logged[] = [];
  let now = 0;
  const context = await contextOf(world, log, () => now);
  const kind = HAPROXY_DRIFT;
  const command = (text: string): Promise<string> =>
    context.host.haproxy.ask(at.masterSocket, `@1 ${text}`, ANSWER_MS);
  const upload = async (text: string): Promise<void> =>
    void (await uploadHaproxy(context, {
      ...{ version: '1.0', id, amphora: amphoraId(AMPHORA), body: Buffer.from(text) },
    }));
  const answered = async (): Promise<number> => {
    for (;;) {
      const worker = await askWorkerState(context, id);
      if (worker !== undefined) return worker.pid;
      await delay(10);
    }
  };
  const act: DriftScene['act'] = (action) => actOnLoadBalancer(context, '1.0', id, action);
  return {
    ...{ id, context, port, paths: at, kind, log, upload, act, command, answered },
    async run(text) {
      await upload(text);
      await act('reload');
      await answered();
    },
    async lookTwice(mode, between) {
      const before = countRepairs(context, 'repaired');
      for (let look = 0; look < 2; look += 1) {
        now += SECOND_MS;
        if (look > 0) await between?.();
        await lookForDrift(context, [kind], mode, SECOND_MS);
      }
      const items = context.drift
        .items()
        .map(({ kind: one, wanted, seen, repair, weight }) => ({ kind: one, wanted, seen, repair, weight }));
      return { items, repaired: countRepairs(context, 'repaired') - before };
    },
    anHourLater() {
      now += HOUR_MS;
    },
    repairs: () => countRepairs(context),
    async close() {
      context.host.services.close();
      await world.close();
    },
  };
}

async function contextOf(
  world: SupervisedWorld,
  log: Logged[],
  now: () => number,
): Promise<OperationContext> {
  const text = `[amphora_agent]\namphora_id = ${AMPHORA}\nservice_manager = supervisor\n`;
  const { config } = loadConfig('agent.conf', text);
  const logger = pino({ level: 'info' }, { write: (line: string) => void log.push(JSON.parse(line)) });
  const programs = renderPrograms(renderTemplate);
  const host = await createHost(config, world.paths, logger, process.env['PATH'], programs);
  const own = fixedSettings(config);
  return {
    ...freshState(),
    configFile: path.join(world.paths.base, 'agent.conf'),
    ...{ config: own.live.current, paths: world.paths, host, logger, render: renderTemplate, own },
    version: '0',
    drift: createDriftState(now),
  };
}

const countRepairs = ({ drift }: OperationContext, result?: string): number =>
  (drift.families().find(({ name }) => name === 'amphora_agent_drift_repairs')?.samples ?? [])
    .filter(({ labels }) => result === undefined || labels?.['result'] === result)
    .reduce((sum, { value }) => sum + value, 0);
