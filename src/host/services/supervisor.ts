import type { Logger } from 'pino';
import type { SupervisedProcess } from '../../domain/service-definitions.ts';
import { ServiceFailed } from '../../errors.ts';
import type { CommandRunner } from '../command.ts';
import type { Files } from '../files.ts';
import { createProcessTable } from '../processes/process-table.ts';
import type { ServiceManager } from './services.ts';
import { type RetryTimes, SupervisedService } from './supervised-service.ts';
import { createLauncher, type LaunchTimes } from './supervisor-launch.ts';
import { createServiceLog, type ServiceLog } from './supervisor-log.ts';
import { createRecordStore, type RecordStore, type SupervisorRecord } from './supervisor-record.ts';

export interface SupervisorTimes extends RetryTimes, LaunchTimes {
  /** milliseconds between two looks at all services */
  readonly pollMs: number;
}

export const SUPERVISOR_TIMES: SupervisorTimes = {
  pollMs: 500,
  firstRetryMs: 500,
  longestRetryMs: 30_000,
  stableMs: 60_000,
  readyMs: 30_000,
  stopMs: 10_000,
};

interface SupervisorParts {
  readonly files: Files;
  readonly commands: CommandRunner;
  readonly logger: Logger;
  /** PATH of the services and of all that they start */
  readonly searchPath: string;
  /** where it keeps what it must remember, one folder an agent */
  readonly directory: string;
  readonly times?: Partial<SupervisorTimes>;
}

const OUTPUT_LIMIT = 256 * 1024;

/** Name of the variable in a service's environment that tells it from everything else that runs. */
const MARK = 'AMPHORA_AGENT_SERVICE';

/**
 * Services as processes of the agent's own, which outlive it: in a session of their own, found again by a mark in their
 * environment. A service that ends by itself is started again; one that was stopped is not.
 */
export function createSupervisor(parts: SupervisorParts): ServiceManager {
  const { files, logger, directory } = parts;
  const times = { ...SUPERVISOR_TIMES, ...parts.times };
  const store = createRecordStore(files, directory);
  const services = new Map<string, SupervisedService>();
  const adopt = (record: SupervisorRecord): SupervisedService => {
    const service = createService(parts, times, record);
    services.set(record.name, service);
    return service;
  };
  const known = (action: 'start' | 'reload', name: string): SupervisedService => {
    const service = services.get(name);
    if (service === undefined) throw new ServiceFailed(action, name, 'no such service');
    return service;
  };
  const load = (): Promise<SupervisorRecord[]> => readableRecords(store, logger);
  const stopPolling = pollRegularly(times.pollMs, services, logger);

  return {
    kind: 'supervisor',
    async install({ name, supervised }) {
      if (supervised === null) return 'unchanged';
      const service = services.get(name);
      if (service !== undefined) return service.install(supervised);
      const record = await newRecord(files, name, supervised);
      await store.save(record);
      adopt(record);
      return 'written';
    },
    async enable(name) {
      await services.get(name)?.enable();
    },
    async remove(name) {
      await services.get(name)?.stop();
      services.delete(name);
      await store.remove(name);
    },
    start: async (name) => known('start', name).start(),
    async stop(name) {
      await services.get(name)?.stop();
    },
    reload: async (name) => known('reload', name).reload(),
    state: async (name) => (await services.get(name)?.state()) ?? { status: 'inactive', mainPid: undefined },
    ...outputOf(services),
    async resume() {
      const taken = (await load()).filter(({ name }) => !services.has(name)).map(adopt);
      await Promise.all(taken.map((service) => service.resume()));
    },
    async takeUp(name) {
      const record = (await load()).find((found) => found.name === name);
      if (record !== undefined) await adopt(record).takeUp();
    },
    close() {
      stopPolling();
      for (const service of services.values()) service.close();
    },
  };
}

function outputOf(
  services: ReadonlyMap<string, SupervisedService>,
): Pick<ServiceManager, 'outputSince' | 'outputMark' | 'outputAfter'> {
  const logOf = (name: string): ServiceLog | undefined => services.get(name)?.log;
  return {
    outputSince: async (name, since) => (await logOf(name)?.since(since)) ?? '',
    outputMark: async (name) => ({ at: new Date(), length: (await logOf(name)?.length()) ?? 0 }),
    outputAfter: async (name, { length }) => (await logOf(name)?.from(length, OUTPUT_LIMIT)) ?? '',
  };
}

async function newRecord(
  files: Files,
  name: string,
  supervised: SupervisedProcess,
): Promise<SupervisorRecord> {
  const boot = await createProcessTable(files).bootMark();
  return { name, supervised, enabled: false, wanted: 'stopped', boot };
}

async function readableRecords(store: RecordStore, logger: Logger): Promise<SupervisorRecord[]> {
  const { records, unreadable } = await store.load();
  for (const file of unreadable) logger.error({ file }, 'record of a service is unreadable: passed over');
  return records;
}

function createService(
  { files, commands, logger, searchPath, directory }: SupervisorParts,
  times: SupervisorTimes,
  record: SupervisorRecord,
): SupervisedService {
  const store = createRecordStore(files, directory);
  const table = createProcessTable(files);
  const log = createServiceLog(store.logFile(record.name));
  const mark = `${MARK}=${directory}/${record.name}`;
  const launcher = createLauncher({ files, commands, table, log, mark, searchPath, times });
  return new SupervisedService({
    record,
    store,
    table,
    log,
    launcher,
    logger: logger.child({ service: record.name }),
    times,
  });
}

function pollRegularly(
  pollMs: number,
  services: ReadonlyMap<string, SupervisedService>,
  logger: Logger,
): () => void {
  let timer: NodeJS.Timeout;
  let closed = false;
  const notSeen = new Set<string>();
  const look = async (name: string, service: SupervisedService): Promise<void> => {
    try {
      await service.poll();
      notSeen.delete(name);
    } catch (error) {
      // a disk that is full or read-only stays so for many looks
      if (!notSeen.has(name)) logger.error({ service: name, err: error }, 'service not looked at');
      notSeen.add(name);
    }
  };
  const poll = async (): Promise<void> => {
    for (const [name, service] of services) await look(name, service);
    schedule();
  };
  const schedule = (): void => {
    if (!closed) timer = setTimeout(() => void poll(), pollMs).unref();
  };
  schedule();
  return () => {
    closed = true;
    clearTimeout(timer);
  };
}
