import type { Logger } from 'pino';
import type { AgentConfig } from '../../config/options.ts';
import type { Paths } from '../../domain/paths.ts';
import type { Host } from '../../host/host.ts';

/** The dependencies of the operations on interfaces. */
export interface InterfaceContext {
  readonly config: () => Pick<AgentConfig, 'interfaceFileFormat' | 'topology'>;
  readonly paths: Pick<Paths, 'interfaceFile' | 'vipFirewall'>;
  readonly host: Pick<Host, 'files' | 'filter' | 'dhcp' | 'ifupdown' | 'network'>;
  readonly logger: Logger;
}
