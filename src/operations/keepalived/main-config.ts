import path from 'node:path';
import { isScriptRefused } from '../../domain/keepalived/keepalived-complaints.ts';
import { renderKeepalivedMain } from '../../render/keepalived-main.ts';
import type { OperationContext } from '../context.ts';
import { configTest } from './config-check.ts';

const MODE = 0o644;
const TEST_MODE = 0o600;

type MainContext = Pick<OperationContext, 'host' | 'render' | 'logger'>;

/** Files of one keepalived. */
export interface KeepalivedFiles {
  /** what is uploaded, where it will be */
  readonly config: string;
  /** what keepalived is started with */
  readonly mainConfig: string;
}

/**
 * Writes the file that keepalived is started with, which includes what was uploaded.
 * @param checked where what was uploaded is now, with every script that it runs in its place
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
      'users other than root may change what keepalived runs: it is run all the same',
    );
  }
  const text = renderKeepalivedMain(render, files, { isScriptSecure });
  await host.files.makeDirectory(path.dirname(mainConfig));
  if ((await host.files.readText(mainConfig)) !== text)
    await host.files.write(mainConfig, text, { mode: MODE });
}

/**
 * A script that keepalived would refuse is run as before: without its check script the VIP stays at an amphora that doesn't
 * serve. In a user namespace everything is refused, since / belongs to somebody else.
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
    // a configuration that asks for it itself has it either way
    return !(await isRefused(true)) || (await isRefused(false));
  });
}

/** Where an interface is missing, keepalived looks at no script; the check has none but this one. */
const onLoopback = (text: string): string =>
  text.replaceAll(/^(\s*interface\s+)\S+/gm, '$1lo').replaceAll(/\bdev \S+/g, 'dev lo');
