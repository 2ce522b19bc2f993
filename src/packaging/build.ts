import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createTemplates } from '../render/templates.ts';
import { namespaceDefinition } from '../render/units.ts';
import { bundleAgent, bundleStart } from './bundle.ts';
import { thirdPartyLicences } from './third-party-licences.ts';

/** Where images have the agent's configuration. */
const CONFIG_FILE = '/etc/octavia/amphora-agent.conf';

/**
 * Makes a folder with all of the agent but Node: amphora-agent.cjs (what Node is given), agent.js (the bundle, templates
 * included), bin/, LICENCES and the unit that the agent would write. What was in the folder is gone. The same sources give the same bytes.
 * @param root of the sources
 */
export async function build(root: string, directory: string): Promise<void> {
  const agent = await bundleAgent(root);
  const start = await bundleStart(root);
  const licences = await thirdPartyLicences(root, agent.packages);
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  await writeFile(path.join(directory, 'amphora-agent.cjs'), start.code);
  await writeFile(path.join(directory, 'agent.js'), agent.code);
  await writeFile(path.join(directory, 'LICENCES'), licences);
  const { name, unit } = namespaceDefinition({
    render: createTemplates(path.join(root, 'templates')),
    configFile: CONFIG_FILE,
  });
  await writeFile(path.join(directory, `${name}.service`), unit);
  await cp(path.join(root, 'src/bin'), path.join(directory, 'bin'), { recursive: true });
}
