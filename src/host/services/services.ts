import type { ServiceDefinition } from '../../domain/service-definitions.ts';

export interface ServiceState {
  readonly status: 'active' | 'activating' | 'inactive' | 'failed';
  /** process id of the main process while there is one */
  readonly mainPid: number | undefined;
  /** true for an inactive service whose start has to wait for another one, for example during a boot */
  readonly isStartQueued?: boolean;
}

/** The end of a service's output at a moment. */
export interface OutputMark {
  readonly at: Date;
  /** length of the supervisor's log in bytes */
  readonly length: number;
}

/** What is stored of a service, compared with its definition. */
export type DefinitionState = 'same' | 'missing' | 'other' | 'foreign' | 'disabled';

/** The implementation that runs the services. */
export type ServiceManagerKind = 'systemd' | 'supervisor';

/**
 * Starts, stops and watches haproxy and keepalived. Two implementations: systemd and the built-in supervisor.
 * Every method may be repeated. A service that is already in the requested state is no error.
 */
export interface ServiceManager {
  readonly kind: ServiceManagerKind;
  /** Writes the definition of a service if it differs from the stored one. Doesn't change a running service. */
  install(definition: ServiceDefinition): Promise<'unchanged' | 'written'>;
  /**
   * Returns how what is stored of a service differs from its definition. `'other'`: another text; `'foreign'`: the text of
   * another agent; `'disabled'`: the text is the same, but a boot doesn't start the service. Changes nothing.
   */
  inspect(definition: ServiceDefinition): Promise<DefinitionState>;
  /** Returns the files whose change can change the answer of inspect(). An empty list: it reads no file. */
  definitionFiles(name: string): readonly string[];
  /** Starts the service at every boot from now on. */
  enable(name: string): Promise<void>;
  /** Stops the service, disables it and deletes its definition. @throws ServiceFailed when it can't be stopped */
  remove(name: string): Promise<void>;
  /**
   * Starts the service. Resolves when it reports that it is ready. A service that fails is started again until stop().
   * @throws ServiceFailed with the output of the manager or the program
   */
  start(name: string): Promise<void>;
  /** @throws ServiceFailed with the output of the manager or the program */
  stop(name: string): Promise<void>;
  /**
   * Checks the configuration and signals the main process.
   * @throws ServiceFailed; its output contains "is not active, cannot reload" when the service doesn't run
   */
  reload(name: string): Promise<void>;
  state(name: string): Promise<ServiceState>;
  /**
   * Waits until the start, stop or restart of the service that the manager has begun or queued is over, at most 100 s.
   * @throws CommandFailed when the manager can't be asked
   */
  settled(name: string): Promise<void>;
  outputMark(name: string): Promise<OutputMark>;
  /** Returns the output of the service after a mark (at most the last 8 KiB). Returns `''` when the output is unknown. */
  outputSince(name: string, mark: OutputMark): Promise<string>;
  /**
   * Returns the output of the service after a mark, with its syslog lines (at most the last 256 KiB). Returns `''` when the
   * output is unknown.
   */
  outputAfter(name: string, mark: OutputMark): Promise<string>;
  /** As outputAfter(), of a keepalived that may have ended. It takes longer, but misses no line. */
  outputOfEnded(name: string, mark: OutputMark): Promise<string>;
  /** Tracks the services that run already, and begins to start the enabled services that don't run. */
  resume(): Promise<void>;
  /** Tracks one service, if it runs, from a process beside the agent. Starts and stops nothing. */
  track(name: string): Promise<void>;
  /**
   * @param listener is called with the name of each service that ended by itself. systemd also reports a service that was
   *   stopped or started
   */
  onEnd(listener: (name: string) => void): void;
  /**
   * Begins to report again, if reports failed or something has taken the place of what is watched.
   * @returns the reason why ends are not reported; undefined when they are, or when there is no listener
   */
  renewEnds(): Promise<string | undefined>;
  /** Ends the manager's own timers and watches, never a service. */
  close(): void;
}
