import path from 'node:path';
import type { Program } from '../../../domain/program.ts';
import type { OperationContext } from '../../context.ts';

/** The dependencies of the program that does an upgrade. */
export interface RunContext
  extends Pick<OperationContext, 'config' | 'configFile' | 'paths' | 'host' | 'logger' | 'queue'> {
  /** the command line that starts this program: the copy of the agent that survives the upgrade */
  readonly program: Program;
}

/** The service of the agent. */
export const AGENT_SERVICE = 'amphora-agent';

/** Returns the path of the former package that an upgrade keeps. */
export const formerFile = ({ paths }: Pick<RunContext, 'paths'>, name: string): string =>
  path.join(paths.upgrade.former, `${name}.deb`);
