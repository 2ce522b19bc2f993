import type { Logger } from 'pino';
import type { SupervisedProcess } from '../../domain/service-definitions.ts';
import { type ServiceAction, ServiceFailed } from '../../errors.ts';
import type { ProcessEntry, ProcessTable } from '../processes/process-table.ts';
import type { ServiceState } from './services.ts';
import { type Launcher, NotReady, signal } from './supervisor-launch.ts';
import type { ServiceLog } from './supervisor-log.ts';
import type { RecordStore, SupervisorRecord } from './supervisor-record.ts';

export interface RetryTimes {
  /** milliseconds until a service that ended is started again, doubled each time … */
  readonly firstRetryMs: number;
  /** … up to this … */
  readonly longestRetryMs: number;
  /** … and from the beginning once it ran so long */
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

/** One service in the supervisor's care. What is done to it is done in turn. */
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

  /** Takes a new definition for its next start. */
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
      const complaint = await this.#parts.launcher.complaint(supervised);
      if (complaint !== undefined) throw this.#failed('reload', complaint);
      await this.#parts.log.observe();
      signal([main], supervised.reloadSignal);
      this.#parts.logger.info({ pid: main.pid }, 'service told to reload');
    });
  }

  async state(): Promise<ServiceState> {
    const main = await this.#living();
    if (main !== undefined) return { status: 'active', mainPid: main.pid };
    return { status: this.#record.wanted === 'running' ? 'activating' : 'inactive', mainPid: undefined };
  }

  /**
   * Takes up what an agent before this one left, and begins to start what should run and doesn't: what was wanted, or
   * after a boot what is enabled. A start or a stop that was cut off is done anew.
   * @returns when it is known what runs
   */
  resume(): Promise<void> {
    return this.#inTurn(async () => {
      const { launcher, table, logger } = this.#parts;
      this.#main = await launcher.findMainProcess(this.#record.supervised);
      const sameBoot = this.#record.boot === (await table.bootMark());
      const wanted = sameBoot ? this.#record.wanted === 'running' : this.#record.enabled;
      if (this.#main !== undefined && wanted) {
        this.#startedAt = performance.now();
        logger.info({ pid: this.#main.pid }, 'running service taken up');
      } else if (wanted) void this.start().catch((error) => this.#logFailure(error));
      else if ((await launcher.processes()).length > 0) {
        void this.stop().catch((error) => this.#logFailure(error));
      }
    });
  }

  /** Takes it up where it runs, and leaves it as it is. */
  takeUp(): Promise<void> {
    return this.#inTurn(async () => {
      this.#main = await this.#parts.launcher.findMainProcess(this.#record.supervised);
    });
  }

  /** Looks whether it runs, and plans its restart where it ended. Cheap: meant to be called every half second. */
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

  /** Ends its timer, not the service. */
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
      const complaint = await launcher.complaint(supervised);
      if (complaint !== undefined) throw new NotReady(complaint);
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

  #failed(action: ServiceAction, words: string): ServiceFailed {
    return new ServiceFailed(action, this.#record.name, words);
  }

  #logFailure(error: unknown): void {
    this.#parts.logger.error({ err: error }, 'service not brought to where it should be');
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
