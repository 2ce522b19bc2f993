import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { agentVersion } from '#development';
import { reasonOf } from '../errors.ts';
import { diagnosticsEntries } from '../operations/diagnostics/diagnostics.ts';
import type { CommandOutcome, HistoryContext } from './history.ts';
import { storeStream } from './stored-stream.ts';

/**
 * Runs the command `diagnostics`: writes a diagnostics archive. The file appears when it is complete, and replaces an earlier one.
 * @param output a file, or `-` for standard output
 */
export async function runDiagnostics(
  output: string,
  configFile: string,
  createContext: () => Promise<HistoryContext>,
): Promise<CommandOutcome> {
  try {
    const context = {
      ...(await createContext()),
      version: agentVersion,
      configFile: path.resolve(configFile),
    };
    const archive = await context.host.diagnostics.archiveOf(diagnosticsEntries(context));
    if (output === '-') {
      await pipeline(archive, process.stdout, { end: false });
      return { exitCode: 0, output: '' };
    }
    await storeStream(archive, output);
    return { exitCode: 0, output: `${output}\n` };
  } catch (error) {
    return { exitCode: 1, output: `Error: ${reasonOf(error)}\n` };
  }
}
