import type { ServiceDefinition } from '../../domain/service-definitions.ts';

export interface ServiceState {
  readonly status: 'active' | 'activating' | 'inactive' | 'failed';
  /** process id of the main process while there is one */
  readonly mainPid: number | undefined;
}

/** Where the output of a service ended at a moment. */
export interface OutputMark {
  readonly at: Date;
  /** bytes of the supervisor's log */
  readonly length: number;
}

/** Which implementation runs the services. */
export type ServiceManagerKind = 'systemd' | 'supervisor';

/**
 * Starts, stops and watches haproxy and keepalived. Two implementations: systemd and the built-in supervisor.
 * Every method may be repeated; what is so already is no error.
 */
export interface ServiceManager {
  readonly kind: ServiceManagerKind;
  /** Writes the definition where the manager keeps it, if it differs. Changes nothing that runs. */
  install(definition: ServiceDefinition): Promise<'unchanged' | 'written'>;
  /** Starts it at every boot from now on. */
  enable(name: string): Promise<void>;
  /** Stops it, disables it and forgets its definition. @throws ServiceFailed when it can't be stopped */
  remove(name: string): Promise<void>;
  /**
   * Resolves when the service says that it is ready. One that fails is tried again and again, until stop().
   * @throws ServiceFailed with the manager's or the program's words
   */
  start(name: string): Promise<void>;
  /** @throws ServiceFailed with the manager's or the program's words */
  stop(name: string): Promise<void>;
  /**
   * Checks the configuration and signals the main process.
   * @throws ServiceFailed; its output has "is not active, cannot reload" when the service doesn't run
   */
  reload(name: string): Promise<void>;
  state(name: string): Promise<ServiceState>;
  /** What the service itself printed since a moment (at most the last 8 KiB); empty where that can't be told. */
  outputSince(name: string, since: Date): Promise<string>;
  outputMark(name: string): Promise<OutputMark>;
  /**
   * What the service printed behind a mark, and what it sent to syslog (at most the last 256 KiB); empty where that can't
   * be told.
   */
  outputAfter(name: string, mark: OutputMark): Promise<string>;
  /** Takes up services that ran before the agent did, and begins to start enabled ones that don't run. */
  resume(): Promise<void>;
  /** Takes up one service alone, if it runs, beside the agent; starts and stops nothing. */
  takeUp(name: string): Promise<void>;
  /** Ends the manager's own work (timers), never a service. */
  close(): void;
}
