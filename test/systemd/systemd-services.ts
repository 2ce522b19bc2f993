import { createPaths } from '../../src/domain/paths.ts';
import { ServiceFailed } from '../../src/errors.ts';
import { createCommandRunner } from '../../src/host/command.ts';
import { createFiles } from '../../src/host/files.ts';
import { createSystemdServices } from '../../src/host/services/systemd.ts';
import { renderTemplate } from '../support/templates.ts';

/** The services of the container that a scenario runs in. */
export const services = createSystemdServices(createCommandRunner(), createFiles());

/** The paths of an amphora with the default configuration. */
export const paths = createPaths({
  basePath: '/var/lib/octavia',
  baseCertDir: '/var/lib/octavia/certs',
  agentServerNetworkDir: '/etc/octavia/interfaces',
});

/** The values that unit files are rendered from. */
export const unitContext = {
  configFile: '/etc/octavia/amphora-agent.conf',
  config: () => ({ haproxyCmd: '/usr/sbin/haproxy', administrativeLogFacility: 1 }),
  paths,
  render: renderTemplate,
};

/** Returns the action and the output of a service that failed, or '' if the action succeeded. */
export async function failureText(action: Promise<void>): Promise<string> {
  try {
    await action;
    return '';
  } catch (error) {
    if (error instanceof ServiceFailed) return `${error.action}: ${error.output}`;
    throw error;
  }
}
