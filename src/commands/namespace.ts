import { reasonOf } from '../errors.ts';
import type { InterfaceContext } from '../operations/interfaces/interface-context.ts';
import { moveInPluggedInterfaces } from '../operations/network/boot-namespace.ts';
import { runInterfaceCommand } from './interface.ts';

/**
 * Runs the command netns: creates the namespace and moves the plugged interfaces into it. With `up` it then brings them up, also
 * when the first part failed, so that one fault leaves as few load balancers as possible without a network.
 * @returns exit code 0; 1 and one line when the namespace can't be made; else the result of `interface up all`
 */
export async function runNamespaceCommand(
  { up }: { readonly up: boolean },
  context: InterfaceContext,
): Promise<{ exitCode: number; output: string }> {
  let failure = '';
  try {
    await moveInPluggedInterfaces(context);
  } catch (error) {
    failure = `Error: the namespace can't be restored: ${reasonOf(error)}\n`;
  }
  const raised = up ? await runInterfaceCommand(['up', 'all'], async () => context) : undefined;
  return {
    exitCode: failure === '' ? (raised?.exitCode ?? 0) : 1,
    output: failure + (raised?.output ?? ''),
  };
}
