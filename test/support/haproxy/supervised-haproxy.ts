import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { watch } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import pino from 'pino';
import { loadBalancerId } from '../../../src/domain/ids.ts';
import { createPaths, type Paths } from '../../../src/domain/paths.ts';
import { searchPath } from '../../../src/domain/search-path.ts';
import type { ServiceDefinition } from '../../../src/domain/service-definitions.ts';
import { createCommandRunner } from '../../../src/host/command.ts';
import type { StartWatch } from '../../../src/host/directory-watch.ts';
import { createFiles } from '../../../src/host/files.ts';
import { createProcessTable, type ProcessEntry } from '../../../src/host/processes/process-table.ts';
import type { ServiceManager } from '../../../src/host/services/services.ts';
import { createSupervisor, type SupervisorTimes } from '../../../src/host/services/supervisor.ts';
import { signal } from '../../../src/host/services/supervisor-launch.ts';
import { haproxyDefinition, keepalivedDefinition } from '../../../src/render/units.ts';
import {
  getInNamespace,
  haproxyConfig,
  listenExclusively,
  mainPidOf,
  makeInterface,
  makeNamespace,
  removeNamespace,
  writeHaproxySettings,
} from '../amphora/amphora-services.ts';
import { renderTemplate } from '../templates.ts';

/** Files of tests run side by side in one namespace, where haproxys would share a port. */
const FIRST_PORT = 10_000 + (process.pid % 1000) * 20;

/** A base path of its own with definitions of services in it. */
export interface SupervisedWorld {
  /** milliseconds that the supervisors have waited between starts that failed */
  readonly pauses: readonly number[];
  readonly paths: Paths;
  readonly keepalived: ServiceDefinition;
  /** A supervisor on this base path; several stand for an agent that was restarted. */
  supervisor(times?: Partial<SupervisorTimes>, startWatch?: StartWatch): ServiceManager;
  addHaproxy(): Promise<SupervisedHaproxy>;
  /** Listens on a port of the namespace until it is killed. haproxy cannot share that port. */
  occupy(port: number): Promise<ChildProcess>;
  /** the living processes of a service, by their mark */
  processes(name: string): Promise<ProcessEntry[]>;
  close(): Promise<void>;
}

export interface SupervisedHaproxy {
  readonly definition: ServiceDefinition;
  readonly name: string;
  readonly port: number;
  readonly pidFile: string;
  /** Writes a configuration that answers with the text. @param ports default: its own port only */
  configure(answer: string, ports?: readonly number[]): Promise<void>;
  /** Writes any configuration. */
  configureText(text: string): Promise<void>;
  /** Sends a request inside of the namespace. @returns the answer of haproxy, or undefined without one */
  get(port?: number): Promise<string | undefined>;
}

export async function createSupervisedWorld(): Promise<SupervisedWorld> {
  await writeHaproxySettings();
  makeNamespace();
  makeInterface();
  const basePath = await mkdtemp('/var/lib/octavia/world-');
  const paths = createPaths({
    basePath,
    baseCertDir: path.join(basePath, 'certs'),
    agentServerNetworkDir: basePath,
  });
  const [files, commands] = [createFiles(), createCommandRunner()];
  const context = {
    config: () => ({
      haproxyCmd: '/usr/sbin/haproxy',
      administrativeLogFacility: 1,
    }),
    paths,
    render: renderTemplate,
  };
  const supervisors: ServiceManager[] = [];
  const pauses: number[] = [];
  const readPause = (line: string): void => {
    const { waitMs }: { waitMs?: number } = JSON.parse(line);
    if (waitMs !== undefined) pauses.push(waitMs);
  };
  const table = createProcessTable(files);
  const processes = (name: string): Promise<ProcessEntry[]> =>
    table.withEnvironment(`AMPHORA_AGENT_SERVICE=${paths.supervisorState}/${name}`);
  let port = FIRST_PORT;
  const names: string[] = [];
  const occupants: ChildProcess[] = [];
  return {
    paths,
    pauses,
    processes,
    keepalived: keepalivedDefinition(context),
    supervisor(times = {}, startWatch = watch) {
      const logger = pino({ level: 'info' }, { write: readPause });
      const made = createSupervisor({
        ...{ files, commands, logger, times, startWatch },
        searchPath: searchPath([paths.commands], undefined),
        directory: paths.supervisorState,
      });
      supervisors.push(made);
      return made;
    },
    async addHaproxy() {
      const id = loadBalancerId(randomUUID());
      await mkdir(paths.loadBalancer(id).directory, { recursive: true });
      port += 1;
      const haproxy = describeHaproxy(haproxyDefinition(context, { id, peer: 'peer' }), paths, id, port);
      names.push(haproxy.name);
      return haproxy;
    },
    async occupy(taken) {
      const occupant = await listenExclusively(taken);
      occupants.push(occupant);
      return occupant;
    },
    async close() {
      for (const occupant of occupants) occupant.kill('SIGKILL');
      for (const supervisor of supervisors) supervisor.close();
      for (const name of [...names, 'octavia-keepalived']) {
        signal(await processes(name), 'SIGKILL');
      }
      removeNamespace();
      await rm(basePath, { recursive: true });
    },
  };
}

const NEVER_MS = 3_600_000;
/** Makes a supervisor depend on events: it never looks at a service by itself. */
export const UNPOLLED = { child: NEVER_MS, pipe: NEVER_MS, none: NEVER_MS, logs: NEVER_MS } as const;

/** Times for tests that wait for a restart. */
export const QUICK: Partial<SupervisorTimes> = { pollMs: UNPOLLED, firstRetryMs: 50 };

/** Makes a world with a supervisor and a haproxy that answers "one" and is not installed yet. */
export interface HaproxyScene {
  readonly world: SupervisedWorld;
  readonly haproxy: SupervisedHaproxy;
  readonly manager: ServiceManager;
  mainPid(): Promise<number>;
  /** @returns the process id of the master */
  startHaproxy(): Promise<number>;
}

export async function createHaproxyScene(): Promise<HaproxyScene> {
  const world = await createSupervisedWorld();
  const haproxy = await world.addHaproxy();
  const manager = world.supervisor(QUICK);
  await haproxy.configure('one');
  const mainPid = (): Promise<number> => mainPidOf(manager, haproxy.name);
  return {
    world,
    haproxy,
    manager,
    mainPid,
    async startHaproxy() {
      await manager.install(haproxy.definition);
      await manager.start(haproxy.name);
      return mainPid();
    },
  };
}

function describeHaproxy(
  definition: ServiceDefinition,
  paths: Paths,
  id: string,
  port: number,
): SupervisedHaproxy {
  const at = paths.loadBalancer(loadBalancerId(id));
  const configureText = (text: string): Promise<void> => writeFile(at.config, text);
  return {
    definition,
    name: definition.name,
    port,
    pidFile: at.pidFile,
    configureText,
    configure: (answer, ports = [port]) => configureText(haproxyConfig(at.statsSocket, answer, ports)),
    get: async (asked = port) => getInNamespace(asked),
  };
}
