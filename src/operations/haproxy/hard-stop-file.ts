import { HARD_STOP_CONFIG } from '../../domain/paths.ts';
import { hardStopText } from '../../domain/service-definitions.ts';
import type { OperationContext } from '../context.ts';

const CONFIG_MODE = 0o644;

/** Writes the file with the limits of replaced workers. Every unit of a haproxy names it and fails without it. */
export async function writeHardStopConfig({
  config,
  host,
}: Pick<OperationContext, 'config' | 'host'>): Promise<void> {
  const text = hardStopText(config().haproxyHardStopAfter);
  if ((await host.files.readText(HARD_STOP_CONFIG)) === text) return;
  await host.files.write(HARD_STOP_CONFIG, text, { mode: CONFIG_MODE });
}
