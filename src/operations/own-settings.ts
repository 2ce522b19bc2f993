import type { LiveConfig } from '../config/live-config.ts';
import type { AgentConfig } from '../config/options.ts';

/** The agent's own settings in force. The composition root creates them. */
export interface OwnSettings {
  readonly live: LiveConfig;
  readonly tls: OwnTls;
}

/** The actions of operations on the agent's own TLS. Operations call them one after another, under OWN_SETTINGS. */
export interface OwnTls {
  /** the files that `refresh` reads */
  readonly files: readonly string[];
  /**
   * @returns warnings, for example about an expired certificate
   * @throws InvalidConfiguration when the agent could not serve with this PEM as its certificate
   */
  checkCertificate(pem: string): readonly string[];
  /** @throws InvalidConfiguration when the agent could not start with the files that the configuration names */
  checkConfig(config: AgentConfig): Promise<void>;
  /** Returns whether `refresh` may do anything: a file has changed, or was refused. May be called without OWN_SETTINGS. */
  isChanged(): Promise<boolean>;
  /**
   * Reads the files of agent_server_cert, agent_server_ca, agent_monitor_ca and agent_client_crl and serves new connections
   * with them. A broken file changes nothing.
   */
  refresh(): Promise<void>;
}
