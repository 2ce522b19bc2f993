import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { bundleAgent, bundleHeartbeat, bundleStart } from './bundle.ts';
import { thirdPartyLicences } from './third-party-licences.ts';

/**
 * Makes a folder with all of the agent but Node: amphora-agent.cjs (what Node is given), agent.js (the bundle, templates
 * included), heartbeat.js (that of its thread), bin/ and LICENCES. What was in the folder is gone. The same sources give the same bytes.
 * @param root of the sources
 */
export async function build(root: string, directory: string): Promise<void> {
  const agent = await bundleAgent(root);
  const heartbeat = await bundleHeartbeat(root);
  const start = await bundleStart(root);
  const licences = await thirdPartyLicences(root, agent.packages);
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  await writeFile(path.join(directory, 'amphora-agent.cjs'), start.code);
  await writeFile(path.join(directory, 'agent.js'), agent.code);
  await writeFile(path.join(directory, 'heartbeat.js'), heartbeat.code);
  await writeFile(path.join(directory, 'LICENCES'), licences);
  await cp(path.join(root, 'src/bin'), path.join(directory, 'bin'), { recursive: true });
}
