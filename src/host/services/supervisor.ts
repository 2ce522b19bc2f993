import type { Logger } from 'pino';
import type { SupervisedProcess } from '../../domain/service-definitions.ts';
import { ServiceFailed } from '../../errors.ts';
import type { CommandRunner } from '../command.ts';
import type { StartWatch } from '../directory-watch.ts';
import type { Files } from '../files.ts';
import { createProcessTable } from '../processes/process-table.ts';
import { createUnpooledFiles } from '../unpooled-files.ts';
import type { OutputMark, ServiceManager } from './services.ts';
import { type RetryTimes, SupervisedService, type SupervisedServiceParts } from './supervised-service.ts';
import { createLauncher, type LaunchTimes } from './supervisor-launch.ts';
import { createServiceLog, type ServiceLog } from './supervisor-log.ts';
import { createServicePipe } from './supervisor-pipe.ts';
import { createRecordStore, type RecordStore, type SupervisorRecord } from './supervisor-record.ts';
import { type PollTimes, watchServices } from './supervisor-watch.ts';

export interface SupervisorTimes extends RetryTimes, LaunchTimes {
  readonly pollMs: PollTimes;
}

export const SUPERVISOR_TIMES: SupervisorTimes = {
  pollMs: { child: 60_000, pipe: 10_000, none: 500, logs: 5_000 },
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
  /** PATH of the services and their children */
  readonly searchPath: string;
  /** the directory of the records and logs; each agent has its own */
  readonly directory: string;
  readonly times?: Partial<SupervisorTimes>;
  /** default: that of Node */
  readonly startWatch?: StartWatch;
}

const OUTPUT_LIMIT = 256 * 1024;

/** The environment variable that identifies the processes of a service. */
const MARK = 'AMPHORA_AGENT_SERVICE';

/**
 * Creates a manager that starts services as child processes of the agent. They run in their own sessions and outlive the
 * agent. A later agent finds them by a mark in their environment. A service that ends by itself is started again. A stopped
 * service is not.
 */
export function createSupervisor(parts: SupervisorParts): ServiceManager {
  const { files, logger, directory } = parts;
  const times = { ...SUPERVISOR_TIMES, ...parts.times };
  const store = createRecordStore(files, directory);
  const services = new Map<string, SupervisedService>();
  const { adopt, stopWatching, ends } = watchedServices(parts, times, services);
  const known = (action: 'start' | 'reload', name: string): SupervisedService => {
    const service = services.get(name);
    if (service === undefined) throw new ServiceFailed(action, name, 'no such service');
    return service;
  };

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
    ...viewsOf(services),
    async resume() {
      const adopted = (await readableRecords(store, logger))
        .filter(({ name }) => !services.has(name))
        .map(adopt);
      await Promise.all(adopted.map((service) => service.resume()));
    },
    async track(name) {
      const service = services.get(name);
      if (service !== undefined) return service.track();
      const record = (await readableRecords(store, logger)).find((found) => found.name === name);
      if (record !== undefined) await adopt(record).track();
    },
    ...ends,
    close() {
      stopWatching();
      for (const service of services.values()) service.close();
    },
  };
}

/**
 * @returns a function that adds a service to the map and watches it, a function that ends the watch of all, and the
 *   reports of the ends of services
 */
function watchedServices(
  parts: SupervisorParts,
  times: SupervisorTimes,
  services: Map<string, SupervisedService>,
) {
  const watch = watchServices({ ...parts, services, pollMs: times.pollMs });
  let listener: ((name: string) => void) | undefined;
  const onEnd = (next: (name: string) => void): void => {
    listener = next;
  };
  const adopt = (record: SupervisorRecord): SupervisedService => {
    const service = createService(parts, times, record, {
      onNotice: watch.update,
      onEnd: () => listener?.(record.name),
    });
    services.set(record.name, service);
    watch.update();
    return service;
  };
  // the supervisor sees the end of each process itself
  const ends = { onEnd, renewEnds: () => Promise.resolve(undefined) };
  return { adopt, stopWatching: watch.close, ends };
}

const viewsOf = (services: ReadonlyMap<string, SupervisedService>) => ({
  ...inspectionOf(services),
  ...observed(services),
});

function inspectionOf(
  services: ReadonlyMap<string, SupervisedService>,
): Pick<ServiceManager, 'inspect' | 'definitionFiles'> {
  return {
    inspect: ({ name, supervised }) => {
      const known = services.get(name);
      return Promise.resolve(supervised === null ? 'same' : (known?.inspect(supervised) ?? 'missing'));
    },
    definitionFiles: () => [],
  };
}

function observed(
  services: ReadonlyMap<string, SupervisedService>,
): Pick<ServiceManager, 'settled' | 'outputSince' | 'outputMark' | 'outputAfter' | 'outputOfEnded'> {
  const logOf = (name: string): ServiceLog | undefined => services.get(name)?.log;
  const outputAfter = async (name: string, { length }: OutputMark): Promise<string> =>
    (await logOf(name)?.from(length, OUTPUT_LIMIT)) ?? '';
  return {
    // only the agent itself begins the supervisor's actions
    settled: async () => undefined,
    outputSince: async (name, { length }) => (await logOf(name)?.from(length)) ?? '',
    outputMark: async (name) => ({ at: new Date(), length: (await logOf(name)?.length()) ?? 0 }),
    outputAfter,
    outputOfEnded: outputAfter,
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
  for (const file of unreadable) logger.error({ file }, 'cannot read the record of a service: skipped');
  return records;
}

function createService(
  { files, commands, logger, searchPath, directory }: SupervisorParts,
  times: SupervisorTimes,
  record: SupervisorRecord,
  events: Pick<SupervisedServiceParts, 'onNotice' | 'onEnd'>,
): SupervisedService {
  const store = createRecordStore(files, directory);
  const { isAlive } = createProcessTable(createUnpooledFiles());
  const table = { ...createProcessTable(files), isAlive };
  const log = createServiceLog(store.logFile(record.name));
  const pipe = createServicePipe({ files, commands }, store.pipeFile(record.name));
  const mark = `${MARK}=${directory}/${record.name}`;
  const launcher = createLauncher({ files, commands, table, log, pipe, mark, searchPath, times });
  return new SupervisedService({
    ...{ record, store, table, log, pipe, launcher, times, ...events },
    logger: logger.child({ service: record.name }),
  });
}
