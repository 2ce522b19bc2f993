import type { RunContext } from './run-context.ts';

/** Returns whether a service is active and its main process runs code of replaced files. */
export async function runsReplaced({ host }: RunContext, service: string): Promise<boolean> {
  const { status, mainPid } = await host.services.state(service);
  return status === 'active' && mainPid !== undefined && host.processes.runsReplacedFiles(mainPid);
}

/** As runsReplaced(), also for a service that is starting or being stopped. */
export async function mainIsReplaced({ host }: RunContext, service: string): Promise<boolean> {
  const { mainPid } = await host.services.state(service);
  return mainPid !== undefined && host.processes.runsReplacedFiles(mainPid);
}
