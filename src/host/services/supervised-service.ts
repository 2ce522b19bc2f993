import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { SupervisedProcess } from '../../domain/service-definitions.ts';
import { type ServiceAction, ServiceFailed } from '../../errors.ts';
import type { ProcessEntry, ProcessTable } from '../processes/process-table.ts';
import type { ServiceState } from './services.ts';
import { type Launched, type Launcher, NotReady, signal } from './supervisor-launch.ts';
import type { ServiceLog } from './supervisor-log.ts';
import type { ServicePipe } from './supervisor-pipe.ts';
import type { RecordStore, SupervisorRecord } from './supervisor-record.ts';

export interface RetryTimes {
  /** milliseconds until the first restart of a service that ended; doubled for each further restart */
  readonly firstRetryMs: number;
  /** milliseconds until a restart at most */
  readonly longestRetryMs: number;
  /** milliseconds of a run after which the next restart counts as the first */
  readonly stableMs: number;
}

export interface SupervisedServiceParts {
  readonly record: SupervisorRecord;
  readonly store: RecordStore;
  readonly table: ProcessTable;
  readonly log: ServiceLog;
  readonly pipe: ServicePipe;
  readonly launcher: Launcher;
  readonly logger: Logger;
  readonly times: RetryTimes;
  /** called when something else than before reports the end of the service */
  readonly onNotice: () => void;
  /** called after the service ended by itself */
  readonly onEnd: () => void;
}

/**
 * What reports the end of the main process: the kernel, since it is a child of the agent; the pipe of the service, once all
 * its processes have ended; or nothing.
 */
export type EndNotice = 'child' | 'pipe' | 'none';

const ENDING_MS = 1_000;
const ENDING_LOOK_MS = 10;

/** One service of the supervisor. Actions on the service run one after another. */
export class SupervisedService {
  readonly log: ServiceLog;
  readonly #parts: SupervisedServiceParts;
  #record: SupervisorRecord;
  #main: ProcessEntry | undefined;
  #notice: EndNotice = 'none';
  #stopWatching: (() => void) | undefined;
  #startedAt = 0;
  #failures = 0;
  #last: Promise<unknown> = Promise.resolve();
  #retry: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(parts: SupervisedServiceParts) {
    this.#parts = parts;
    this.#record = parts.record;
    this.log = parts.log;
  }

  /** Compares the stored definition with another one. */
  inspect(supervised: SupervisedProcess): 'same' | 'other' | 'disabled' {
    if (JSON.stringify(supervised) !== JSON.stringify(this.#record.supervised)) return 'other';
    return this.#record.enabled ? 'same' : 'disabled';
  }

  /** Stores a new definition for the next start. */
  install(supervised: SupervisedProcess): Promise<'unchanged' | 'written'> {
    return this.#inTurn(async () => {
      if (JSON.stringify(supervised) === JSON.stringify(this.#record.supervised)) return 'unchanged';
      await this.#save({ supervised });
      return 'written';
    });
  }

  enable(): Promise<void> {
    return this.#inTurn(() => this.#save({ enabled: true }));
  }

  start(): Promise<void> {
    return this.#inTurn(async () => {
      try {
        await this.#want('running');
        if ((await this.#living()) === undefined) await this.#bringUp();
      } catch (error) {
        this.#planRetry();
        throw error;
      }
    });
  }

  stop(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#want('stopped');
      const main = (await this.#living()) ?? this.#main;
      const left = await this.#parts.launcher.end(main);
      if (left.length > 0)
        throw this.#failed('stop', `still running: ${left.map(({ pid }) => pid).join(', ')}`);
      this.#follow(undefined);
      this.#failures = 0;
      this.#parts.logger.info('service stopped');
    });
  }

  reload(): Promise<void> {
    return this.#inTurn(async () => {
      const main = await this.#living();
      const { name, supervised } = this.#record;
      if (main === undefined) throw this.#failed('reload', `${name}.service is not active, cannot reload.`);
      const failure = await this.#parts.launcher.checkFailure(supervised);
      if (failure !== undefined) throw this.#failed('reload', failure);
      signal([main], supervised.reloadSignal);
      this.#parts.logger.info({ pid: main.pid }, 'reload signal sent to the service');
    });
  }

  async state(): Promise<ServiceState> {
    const main = await this.#living();
    if (main !== undefined) return { status: 'active', mainPid: main.pid };
    return { status: this.#record.wanted === 'running' ? 'activating' : 'inactive', mainPid: undefined };
  }

  /**
   * Tracks the process that an earlier agent started. Begins to start the service if it should run and doesn't: if it was
   * wanted, or after a boot if it is enabled. Repeats an interrupted start or stop.
   * Resolves when the state of the service is known.
   */
  resume(): Promise<void> {
    return this.#inTurn(async () => {
      const { launcher, table, logger } = this.#parts;
      this.#follow(await launcher.findMainProcess(this.#record.supervised));
      const sameBoot = this.#record.boot === (await table.bootMark());
      const wanted = sameBoot ? this.#record.wanted === 'running' : this.#record.enabled;
      if (this.#main !== undefined && wanted) {
        this.#startedAt = performance.now();
        logger.info({ pid: this.#main.pid }, 'the service already runs: watching it');
      } else if (wanted) void this.start().catch((error) => this.#logFailure(error));
      else if ((await launcher.processes()).length > 0) {
        void this.stop().catch((error) => this.#logFailure(error));
      }
    });
  }

  /** Tracks the process of the service if it runs, unless it is tracked already. Starts and stops nothing. */
  track(): Promise<void> {
    return this.#inTurn(async () => {
      if ((await this.#living()) !== undefined) return;
      this.#follow(await this.#parts.launcher.findMainProcess(this.#record.supervised));
    });
  }

  /** What reports the end of the service; undefined while there is nothing to report. */
  get notice(): EndNotice | undefined {
    return this.#record.wanted === 'running' && this.#main !== undefined ? this.#notice : undefined;
  }

  /** Checks whether the service runs, and schedules a restart if it has ended. */
  async poll(): Promise<void> {
    if (this.#record.wanted === 'stopped') return;
    const seen = this.#main;
    if (seen !== undefined && !(await this.#parts.table.isAlive(seen))) await this.#restartAfter(seen);
  }

  /** Calls restartAfter() when the process ends, if anything reports that. @param ended the end of a child */
  #follow(main: ProcessEntry | undefined, ended?: Promise<void>): void {
    this.#stopWatching?.();
    this.#stopWatching = undefined;
    this.#main = main;
    if (main === undefined) return;
    const restart = (): void => {
      this.#restartOnceGone(main).catch((error) => this.#logFailure(error));
    };
    if (ended === undefined) this.#stopWatching = this.#parts.pipe.watch(main.pid, restart);
    else void ended.then(restart);
    if (ended !== undefined) this.#notice = 'child';
    else this.#notice = this.#stopWatching === undefined ? 'none' : 'pipe';
    this.#parts.onNotice();
  }

  /** A process closes its files some moments before it counts as ended. */
  async #restartOnceGone(main: ProcessEntry): Promise<void> {
    const deadline = performance.now() + ENDING_MS;
    while (await this.#parts.table.isAlive(main)) {
      if (performance.now() > deadline) {
        // it has closed its standard input and runs on
        this.#notice = 'none';
        this.#parts.onNotice();
        return;
      }
      await delay(ENDING_LOOK_MS, undefined, { ref: false });
    }
    await this.#restartAfter(main);
  }

  /** Schedules a restart after the end of a process, unless the service has another one or is to stop. */
  #restartAfter(seen: ProcessEntry): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#closed || this.#retry !== undefined) return;
      if (this.#main !== seen || this.#record.wanted === 'stopped') return;
      this.#follow(await this.#parts.launcher.findMainProcess(this.#record.supervised));
      if (this.#main !== undefined) return;
      this.#parts.logger.warn({ pid: seen.pid }, 'service ended by itself');
      if (performance.now() - this.#startedAt >= this.#parts.times.stableMs) this.#failures = 0;
      this.#planRetry();
      this.#parts.onEnd();
    });
  }

  /** Ends the watch and the timer of the restart. The service runs on. */
  close(): void {
    this.#closed = true;
    this.#stopWatching?.();
    this.#cancelRetry();
  }

  #cancelRetry(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
  }

  async #living(): Promise<ProcessEntry | undefined> {
    const main = this.#main;
    return main !== undefined && (await this.#parts.table.isAlive(main)) ? main : undefined;
  }

  async #bringUp(): Promise<void> {
    const { launcher, logger } = this.#parts;
    const { supervised } = this.#record;
    let launched: Launched;
    try {
      const failure = await launcher.checkFailure(supervised);
      if (failure !== undefined) throw new NotReady(failure);
      await launcher.end(undefined);
      launched = await launcher.launch(supervised);
    } catch (error) {
      if (error instanceof NotReady) throw this.#failed('start', error.message);
      throw error;
    }
    this.#follow(launched.main, launched.ended);
    this.#startedAt = performance.now();
    logger.info({ pid: launched.main.pid }, 'service started');
  }

  #planRetry(): void {
    const { firstRetryMs, longestRetryMs } = this.#parts.times;
    const waitMs = Math.min(firstRetryMs * 2 ** this.#failures, longestRetryMs);
    this.#failures += 1;
    this.#cancelRetry();
    this.#retry = setTimeout(() => void this.start().catch((error) => this.#logFailure(error)), waitMs);
    this.#retry.unref();
    this.#parts.logger.info({ waitMs }, 'service will be started again');
  }

  async #want(wanted: SupervisorRecord['wanted']): Promise<void> {
    this.#cancelRetry();
    const boot = await this.#parts.table.bootMark();
    if (this.#record.wanted !== wanted || this.#record.boot !== boot) await this.#save({ wanted, boot });
  }

  async #save(change: Partial<SupervisorRecord>): Promise<void> {
    const record = { ...this.#record, ...change };
    await this.#parts.store.save(record);
    this.#record = record;
  }

  #failed(action: ServiceAction, output: string): ServiceFailed {
    return new ServiceFailed(action, this.#record.name, output);
  }

  #logFailure(error: unknown): void {
    this.#parts.logger.error({ err: error }, 'cannot start or stop the service');
  }

  #inTurn<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(task);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
