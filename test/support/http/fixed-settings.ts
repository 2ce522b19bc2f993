import { createLiveConfig } from '../../../src/config/live-config.ts';
import type { AgentConfig } from '../../../src/config/options.ts';
import { fixedTls } from '../../../src/http/server/served-tls.ts';
import type { OwnSettings } from '../../../src/operations/own-settings.ts';

/** The agent's own settings for an application without a server. */
export const fixedSettings = (config: AgentConfig): OwnSettings => ({
  live: createLiveConfig(config),
  tls: fixedTls({
    key: '',
    chain: '',
    clientAuthorities: undefined,
    monitorAuthorities: undefined,
    revocations: undefined,
    minVersion: 'TLSv1.2',
    ciphers: undefined,
  }),
});
