import { preparePrivateNamespaces, privateNamespacesCommand } from '../../src/sandbox/private-namespaces.ts';
import { examineMachine, whyNoSandbox } from '../../src/sandbox/requirements.ts';
import { INSIDE } from '../runner/groups.ts';
import { run } from '../runner/program.ts';

/**
 * Runs a benchmark in private namespaces of its own, where it may make networks and amphorae: calls its file again in
 * there. Ends the process with the exit code of `work`.
 * @param entry the file of the benchmark @param work gets the arguments of the command line
 */
export async function inPrivateWorld(
  entry: string,
  work: (args: readonly string[]) => Promise<number>,
): Promise<never> {
  const args = process.argv.slice(2);
  if (args[0] === INSIDE) {
    await preparePrivateNamespaces();
    process.exit(await work(args.slice(1)));
  }
  const facts = await examineMachine(process.getuid?.() === 0);
  const reasons = whyNoSandbox(facts);
  if (reasons.length > 0) {
    console.error(`this benchmark can't run here:\n${reasons.join('\n')}`);
    process.exit(1);
  }
  const again = privateNamespacesCommand([process.execPath, entry, INSIDE, ...args], facts);
  const [program = 'unshare', ...rest] = again;
  process.exit((await run([program, ...rest], { timeoutMs: 0 })) ?? 1);
}
