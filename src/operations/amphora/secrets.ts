import type { OperationContext } from '../context.ts';

const VRRP_PASSWORD = /^[ \t]*auth_pass[ \t]+(\S+)/gm;

/** Returns the secrets of this amphora that can occur anywhere in a report. */
export async function amphoraSecrets({
  config,
  host,
  paths,
}: Pick<OperationContext, 'config' | 'host' | 'paths'>): Promise<string[]> {
  const vrrp = await host.files.readText(paths.vrrp.config).catch(() => undefined);
  const passwords = [...(vrrp ?? '').matchAll(VRRP_PASSWORD)].map(([, password = '']) => password);
  return [...configuredSecrets({ config }), ...passwords];
}

/** Returns the secrets that the agent knows without a file. */
export function configuredSecrets({ config }: Pick<OperationContext, 'config'>): string[] {
  const { heartbeatKey } = config();
  return heartbeatKey === undefined ? [] : [heartbeatKey];
}
