import type { LiveConfig } from '../config/live-config.ts';
import type { AgentConfig } from '../config/options.ts';

/** The agent's own settings as they are in force; made by the composition root. */
export interface OwnSettings {
  readonly live: LiveConfig;
  readonly tls: OwnTls;
}

/** What the agent's own TLS can do for operations. Called in turn, under OWN_SETTINGS. */
export interface OwnTls {
  /**
   * @returns warnings, as of a certificate that has expired
   * @throws InvalidConfiguration where the agent could not serve with this PEM as its certificate
   */
  checkCertificate(pem: string): readonly string[];
  /** @throws InvalidConfiguration where the agent could not start with the files that a configuration names */
  checkConfig(config: AgentConfig): Promise<void>;
  /**
   * Serves new connections with what agent_server_cert, agent_server_ca and agent_client_crl hold now; with a broken one
   * as before.
   */
  refresh(): Promise<void>;
}
