import { socketsIn } from '../../../render/check-scripts.ts';
import { CHECK_SCRIPTS, type OperationContext } from '../../context.ts';
import {
  type CheckScriptTexts,
  checkScriptTexts,
  SCRIPT_MODE,
  wantedCheckScripts,
  writeCheckScripts,
} from '../../keepalived/check-scripts.ts';
import { loadBalancerIds } from '../../stored-configs.ts';
import { fileDifferences } from './kept-files.ts';
import type { KeptPart } from './kept-part.ts';

/**
 * The two scripts with which keepalived checks that this amphora serves. The script itself records which load balancers were
 * started. So a script counts as damaged when it is not what the agent would write for the load balancers that it names. When
 * it names none that the agent can read, it is compared with what the agent would write now.
 */
export const checkScriptParts = (context: OperationContext): KeptPart[] => {
  const { haproxyCheckScript, lvsCheckScript } = context.paths.vrrp;
  return [
    scriptPart(context, haproxyCheckScript, ({ haproxyCheck }) => haproxyCheck),
    scriptPart(context, lvsCheckScript, ({ lvsCheck }) => lvsCheck),
  ];
};

function scriptPart(
  context: OperationContext,
  file: string,
  textIn: (texts: CheckScriptTexts) => string | undefined,
): KeptPart {
  const { paths, host, config } = context;
  return {
    ...{ object: file, lock: CHECK_SCRIPTS },
    basis: config().topology,
    watched: [file, paths.vrrp.haproxyCheckScript, paths.lvsDirectory],
    async compare([attributes]) {
      // an action on a load balancer writes the script before and after it: its state between is not a damage
      if (await isAnyBusy(context)) return undefined;
      const before = await host.files.readText(paths.vrrp.haproxyCheckScript);
      const sockets = before === undefined ? [] : socketsIn(before);
      const texts =
        sockets === undefined
          ? await wantedCheckScripts(context, before)
          : await checkScriptTexts(context, before, sockets);
      const wanted = textIn(texts);
      const write = async (): Promise<void> => {
        if (!(await isAnyBusy(context))) await writeCheckScripts(context);
      };
      return fileDifferences(context, { file, attributes, mode: SCRIPT_MODE, texts: [wanted], write });
    },
  };
}

const isAnyBusy = async (context: OperationContext): Promise<boolean> =>
  (await loadBalancerIds(context)).some((id) => context.queue.isBusy(id));
