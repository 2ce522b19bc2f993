import path from 'node:path';
import { type Paths, PING_COMMAND } from '../../domain/paths.ts';
import { MissingProgram } from '../../errors.ts';
import type { Host } from '../../host/host.ts';

export const PROGRAM_MODE = 0o755;
/** The programs that keepalived's checks call by name. */
export const CHECK_COMMANDS = ['haproxy-vrrp-check', 'amphora-health-checker'];
const PING_WRAPPER = 'ping-wrapper.sh';

/**
 * Copies the programs that haproxy and keepalived run for their checks from the agent's installation to its data directory.
 * Every service manager finds them there, and they stay when the agent is upgraded, moved or removed. An existing
 * ping-wrapper.sh, for example from the image, is never changed.
 * @param installed the folder `bin` of the agent's installation
 * @throws MissingProgram when the installation lacks a program, WriteFailed
 */
export async function placeCommands(
  { paths, host }: { readonly paths: Pick<Paths, 'commands'>; readonly host: Pick<Host, 'files'> },
  installed: string,
): Promise<void> {
  await host.files.makeDirectory(paths.commands);
  for (const name of CHECK_COMMANDS) {
    await place(host, path.join(installed, name), path.join(paths.commands, name));
  }
  if (await host.files.exists(PING_COMMAND)) return;
  await host.files.makeDirectory(path.dirname(PING_COMMAND));
  await place(host, path.join(installed, PING_WRAPPER), PING_COMMAND);
}

async function place({ files }: Pick<Host, 'files'>, from: string, to: string): Promise<void> {
  const program = await files.read(from);
  if (program === undefined) throw new MissingProgram(from);
  if ((await files.read(to))?.equals(program)) return;
  await files.write(to, program, { mode: PROGRAM_MODE });
}
