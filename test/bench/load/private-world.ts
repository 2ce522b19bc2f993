import { tmpdir } from 'node:os';
import {
  preparePrivateNamespaces,
  privateNamespacesCommand,
} from '../../../sandbox/lab/private-namespaces.ts';
import { examineMachine, whyNoSandbox } from '../../../sandbox/programs/requirements.ts';
import { prepareRoot } from '../../roots/debian-root.ts';
import { withLayer } from '../../roots/layer.ts';
import { INSIDE } from '../../runner/groups.ts';
import { run } from '../../runner/program.ts';
import { repositoryInRoot } from '../../runner/repository-in-root.ts';
import { debianPackages } from '../../runner/setup.ts';

/**
 * Runs a benchmark in private namespaces of its own, where it may make networks and amphorae: calls its file again in
 * there, and where Octavia's own commands can be compared with. Ends the process with the exit code of `work`.
 * @param entry the file of the benchmark @param work gets the arguments of the command line
 */
export async function inPrivateWorld(
  entry: string,
  work: (args: readonly string[]) => Promise<number>,
): Promise<never> {
  const args = process.argv.slice(2);
  if (args[0] === INSIDE) {
    await preparePrivateNamespaces({ keepsHostCommands: true });
    process.exit(await work(args.slice(1)));
  }
  const facts = await examineMachine(process.getuid?.() === 0);
  const reasons = whyNoSandbox(facts);
  if (reasons.length > 0) {
    console.error(`this benchmark can't run here:\n${reasons.join('\n')}`);
    process.exit(1);
  }
  const again = privateNamespacesCommand([process.execPath, entry, INSIDE, ...args], facts);
  process.exit((await run(again, { timeoutMs: 0 })) ?? 1);
}

/**
 * As inPrivateWorld(), inside a Debian 12 root that has Debian's octavia-agent too, so that this machine needn't. Files
 * that the benchmark is to write have to be in the repository or in the directory for temporary files.
 */
export async function inWorldWithPeer(
  entry: string,
  work: (args: readonly string[]) => Promise<number>,
): Promise<never> {
  const args = process.argv.slice(2);
  if (args[0] === INSIDE) return inPrivateWorld(entry, work);
  try {
    const packages = await debianPackages('root', 'bench');
    const root = await prepareRoot({ suite: 'bookworm', packages }, console.error);
    const again = privateNamespacesCommand([process.execPath, entry, INSIDE, ...args], { root: true });
    const binds = { [tmpdir()]: tmpdir() };
    const code = await withLayer((store) =>
      run(repositoryInRoot(again, { root, store, binds }), { timeoutMs: 0 }),
    );
    process.exit(code ?? 1);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exit(1);
  }
}
