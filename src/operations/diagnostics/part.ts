import type { KeptPart } from '../../domain/diagnostics/limits.ts';
import type { Argv } from '../../host/command.ts';
import type { OperationContext } from '../context.ts';

/** The dependencies of a diagnostics archive. The agent has all of them, a command on the machine only some. */
export type DiagnosticsContext = Pick<
  OperationContext,
  'version' | 'config' | 'configFile' | 'paths' | 'host'
> & {
  /** the memory of the running agent; undefined in a command beside the agent */
  readonly running?: RunningAgent;
};

/** What the running agent knows beside the files of the amphora. */
export type RunningAgent = Pick<OperationContext, 'reloads' | 'recent' | 'underWay' | 'drift'> & {
  /** Returns the text of `GET /readyz`. */
  readonly readiness: () => Promise<string>;
  /** Returns the facts of `GET /status.json`. */
  readonly status: () => Promise<object>;
};

/** A file of a diagnostics archive, before it is read. */
export interface Part {
  /** path inside the archive */
  readonly name: string;
  /** what a long content keeps; default: its beginning */
  readonly kept?: KeptPart;
  /** the longest time of the read, in ms; default: DEADLINE_MS */
  readonly deadlineMs?: number;
  readonly read: () => Promise<string | Buffer>;
}

export const DEADLINE_MS = 5_000;

type FilesContext = Pick<DiagnosticsContext, 'host'>;

/** Returns the part with the content of a file. */
export const filePart = (
  { host }: FilesContext,
  name: string,
  file: string,
  kept: KeptPart = 'beginning',
): Part => ({
  name,
  kept,
  async read() {
    const content = await host.files.read(file);
    if (content === undefined) throw new Error(`${file}: no such file`);
    return content;
  },
});

/** Returns the part with the content of a file, or no part when the file doesn't exist. */
export const presentFile = async (
  context: FilesContext,
  name: string,
  file: string,
  kept?: KeptPart,
): Promise<Part[]> => ((await context.host.files.exists(file)) ? [filePart(context, name, file, kept)] : []);

/**
 * Returns the part with the standard output of a program. One that fails has its error messages too; without any standard
 * output the part fails with them.
 */
export const programPart = (
  { host }: FilesContext,
  name: string,
  argv: Argv,
  kept: KeptPart = 'beginning',
): Part => ({
  name,
  kept,
  async read() {
    const result = await host.commands.run(argv, { timeoutMs: DEADLINE_MS, okCodes: ANY_CODE });
    if (result.exitCode === 0) return result.stdout;
    if (result.stdout.trim() !== '') return result.output;
    throw new Error(`${argv.join(' ')}: exit code ${result.exitCode}: ${result.output.trim()}`);
  },
});

/** Returns the part with a value as JSON. */
export const jsonPart = (name: string, read: () => Promise<unknown>): Part => ({
  name,
  read: async () => `${JSON.stringify(await read(), undefined, 2)}\n`,
});

const ANY_CODE = Array.from({ length: 256 }, (_, code) => code);
