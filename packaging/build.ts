import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createTemplates } from '../src/render/templates.ts';
import { namespaceDefinition } from '../src/render/units.ts';
import { bundleAgent, bundleHeartbeat, bundleStart } from './bundle.ts';
import type { Processor } from './debian-control.ts';
import { sbomText } from './sbom.ts';
import { thirdPartyLicences } from './third-party-licences.ts';

export interface BuildRequest {
  /** folder of the sources */
  readonly root: string;
  readonly version: string;
  /** of the Node that it will run on */
  readonly processor: Processor;
}

/** The list of all components, in the folder. */
export const SBOM = 'sbom.cdx.json';
/** Where images have the agent's configuration. */
const CONFIG_FILE = '/etc/octavia/amphora-agent.conf';

/**
 * Makes a folder with all of the agent but Node: amphora-agent.cjs (what Node is given), agent.js (the bundle, templates
 * included), heartbeat.js (that of its thread), bin/, LICENCES, the list of components and the unit that the agent would write.
 * What was in the folder is gone. The same sources give the same bytes.
 * @param node folder of the npm package with that Node; default the one that npm has installed beside the others
 */
export async function build(
  { root, version, processor }: BuildRequest,
  directory: string,
  node = path.join(root, `node_modules/node-linux-${processor}`),
): Promise<void> {
  const agent = await bundleAgent(root, version);
  const heartbeat = await bundleHeartbeat(root);
  const start = await bundleStart(root, agent.code);
  const packages = [...agent.packages, path.relative(root, node)];
  const licences = await thirdPartyLicences(root, packages);
  const sbom = await sbomText({ root, version, packages });
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  await writeFile(path.join(directory, 'amphora-agent.cjs'), start.code);
  await writeFile(path.join(directory, 'agent.js'), agent.code);
  await writeFile(path.join(directory, 'heartbeat.js'), heartbeat.code);
  await writeFile(path.join(directory, 'LICENCES'), licences);
  await writeFile(path.join(directory, SBOM), sbom);
  const { name, unit } = namespaceDefinition({
    render: createTemplates(path.join(root, 'templates')),
    configFile: CONFIG_FILE,
  });
  await writeFile(path.join(directory, `${name}.service`), unit);
  await cp(path.join(root, 'src/bin'), path.join(directory, 'bin'), { recursive: true });
}
