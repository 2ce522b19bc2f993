import path from 'node:path';
import { isScriptRefused } from '../../domain/keepalived/keepalived-complaints.ts';
import { renderKeepalivedMain } from '../../render/keepalived-main.ts';
import type { OperationContext } from '../context.ts';
import { configTest } from './config-check.ts';

const MODE = 0o644;
const TEST_MODE = 0o600;

type MainContext = Pick<OperationContext, 'host' | 'render' | 'logger'>;

/** The files of one keepalived. */
export interface KeepalivedFiles {
  /** final path of the uploaded configuration */
  readonly config: string;
  /** the file that keepalived is started with */
  readonly mainConfig: string;
}

/**
 * Writes the file that keepalived is started with. It includes the uploaded configuration.
 * @param checked present path of the uploaded configuration; the scripts that it runs must exist already
 */
export async function writeMainConfig(
  context: MainContext,
  files: KeepalivedFiles,
  checked: string,
): Promise<void> {
  const { host, render, logger } = context;
  const { config, mainConfig } = files;
  const isScriptSecure = await canBeSecure(context, checked);
  if (!isScriptSecure) {
    logger.warn(
      { file: config },
      'users other than root may change a script of keepalived: keepalived runs it all the same',
    );
  }
  const text = renderKeepalivedMain(render, files, { isScriptSecure });
  await host.files.makeDirectory(path.dirname(mainConfig));
  if ((await host.files.readText(mainConfig)) !== text)
    await host.files.write(mainConfig, text, { mode: MODE });
}

/**
 * Returns whether keepalived accepts the scripts under its script security. If not, the security stays off: without its
 * check script the VIP would stay at an amphora that doesn't serve. In a user namespace keepalived refuses every script,
 * because / belongs to another user.
 */
function canBeSecure({ host, render }: MainContext, checked: string): Promise<boolean> {
  return host.files.withTemporaryDirectory(path.dirname(checked), async (directory) => {
    const file = path.join(directory, 'main.conf');
    const copy = path.join(directory, 'uploaded.conf');
    const text = (await host.files.read(checked))?.toString('latin1') ?? '';
    await host.files.write(copy, Buffer.from(onLoopback(text), 'latin1'), { mode: TEST_MODE });
    const isRefused = async (isScriptSecure: boolean): Promise<boolean> => {
      const main = renderKeepalivedMain(render, { mainConfig: file, config: copy }, { isScriptSecure });
      await host.files.write(file, main, { mode: TEST_MODE });
      const { output, hasCrashed } = await configTest(host.commands, file);
      return !hasCrashed && isScriptRefused(output);
    };
    // a configuration that enables script security itself has it in both cases
    return !(await isRefused(true)) || (await isRefused(false));
  });
}

/**
 * Replaces every interface by lo, the only one in the check: keepalived ignores the scripts when an interface is missing.
 */
const onLoopback = (text: string): string =>
  text.replaceAll(/^(\s*interface\s+)\S+/gm, '$1lo').replaceAll(/\bdev \S+/g, 'dev lo');
