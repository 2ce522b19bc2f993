import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createTemplates } from '../../src/render/templates.ts';
import { namespaceDefinition } from '../../src/render/units.ts';
import type { Processor } from '../debian/debian-control.ts';
import { bundleAgent, bundleHeartbeat, bundleMachineFacts, bundleStart, MACHINE_FACTS } from './bundle.ts';
import { sbomText } from './sbom.ts';
import { thirdPartyLicences } from './third-party-licences.ts';

export interface BuildRequest {
  /** folder of the sources */
  readonly root: string;
  readonly version: string;
  /** processor of the machine that will run the build */
  readonly processor: Processor;
}

/** The file name of the list of components. */
export const SBOM = 'sbom.cdx.json';
/** The path of the agent's configuration in images. */
const CONFIG_FILE = '/etc/octavia/amphora-agent.conf';

/**
 * Builds a folder with the whole agent except Node: amphora-agent.cjs (the program), agent.js (the bundle with the
 * templates), heartbeat.js (the bundle of the heartbeat thread), systeminformation.cjs (loaded for diagnostics only), bin/,
 * LICENCES, the list of components, and the unit of the network namespace. Removes the former content of the folder. The same sources give the same bytes.
 * @param node folder of the npm package with Node for the processor; default: the installed one in node_modules
 */
export async function build(
  { root, version, processor }: BuildRequest,
  directory: string,
  node = path.join(root, `node_modules/node-linux-${processor}`),
): Promise<void> {
  const agent = await bundleAgent(root, version);
  const heartbeat = await bundleHeartbeat(root);
  const start = await bundleStart(root, agent.code);
  const machineFacts = await bundleMachineFacts(root);
  const packages = [...agent.packages, ...machineFacts.packages, path.relative(root, node)];
  const licences = await thirdPartyLicences(root, packages);
  const sbom = await sbomText({ root, version, packages });
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  await writeFile(path.join(directory, 'amphora-agent.cjs'), start.code);
  await writeFile(path.join(directory, 'agent.js'), agent.code);
  await writeFile(path.join(directory, 'heartbeat.js'), heartbeat.code);
  await writeFile(path.join(directory, MACHINE_FACTS), machineFacts.code);
  await writeFile(path.join(directory, 'LICENCES'), licences);
  await writeFile(path.join(directory, SBOM), sbom);
  const { name, unit } = namespaceDefinition({
    render: createTemplates(path.join(root, 'templates')),
    configFile: CONFIG_FILE,
  });
  await writeFile(path.join(directory, `${name}.service`), unit);
  await cp(path.join(root, 'src/bin'), path.join(directory, 'bin'), { recursive: true });
}
