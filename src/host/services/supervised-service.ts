import type { Logger } from 'pino';
import type { SupervisedProcess } from '../../domain/service-definitions.ts';
import { type ServiceAction, ServiceFailed } from '../../errors.ts';
import type { ProcessEntry, ProcessTable } from '../processes/process-table.ts';
import type { ServiceState } from './services.ts';
import { type Launcher, NotReady, signal } from './supervisor-launch.ts';
import type { ServiceLog } from './supervisor-log.ts';
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
  readonly launcher: Launcher;
  readonly logger: Logger;
  readonly times: RetryTimes;
}

/** One service of the supervisor. Actions on the service run one after another. */
export class SupervisedService {
  readonly log: ServiceLog;
  readonly #parts: SupervisedServiceParts;
  #record: SupervisorRecord;
  #main: ProcessEntry | undefined;
  #startedAt = 0;
  #failures = 0;
  #underWay = 0;
  #last: Promise<unknown> = Promise.resolve();
  #retry: NodeJS.Timeout | undefined;

  constructor(parts: SupervisedServiceParts) {
    this.#parts = parts;
    this.#record = parts.record;
    this.log = parts.log;
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
      this.#main = undefined;
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
      await this.#parts.log.observe();
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
      this.#main = await launcher.findMainProcess(this.#record.supervised);
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

  /** Tracks the process of the service if it runs. Starts and stops nothing. */
  track(): Promise<void> {
    return this.#inTurn(async () => {
      this.#main = await this.#parts.launcher.findMainProcess(this.#record.supervised);
    });
  }

  /**
   * Checks whether the service runs, and schedules a restart if it has ended. Cheap enough for a call every half second.
   */
  async poll(): Promise<void> {
    if (this.#record.wanted === 'stopped') return;
    await this.#parts.log.observe();
    if (this.#underWay > 0 || this.#retry !== undefined) return;
    const seen = this.#main;
    if (seen === undefined || (await this.#parts.table.isAlive(seen))) return;
    await this.#inTurn(async () => {
      if (this.#main !== seen || this.#record.wanted === 'stopped') return;
      this.#main = await this.#parts.launcher.findMainProcess(this.#record.supervised);
      if (this.#main !== undefined) return;
      this.#parts.logger.warn({ pid: seen.pid }, 'service ended by itself');
      if (performance.now() - this.#startedAt >= this.#parts.times.stableMs) this.#failures = 0;
      this.#planRetry();
    });
  }

  /** Cancels the timer of the restart. The service runs on. */
  close(): void {
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
    try {
      const failure = await launcher.checkFailure(supervised);
      if (failure !== undefined) throw new NotReady(failure);
      await launcher.end(undefined);
      this.#main = await launcher.launch(supervised);
    } catch (error) {
      if (error instanceof NotReady) throw this.#failed('start', error.message);
      throw error;
    }
    this.#startedAt = performance.now();
    logger.info({ pid: this.#main.pid }, 'service started');
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
    this.#underWay += 1;
    const result = this.#last.then(task).finally(() => {
      this.#underWay -= 1;
    });
    this.#last = result.catch(() => undefined);
    return result;
  }
}
