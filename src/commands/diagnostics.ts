import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { agentVersion } from '#development';
import { reasonOf } from '../errors.ts';
import { diagnosticsEntries } from '../operations/diagnostics/diagnostics.ts';
import type { CommandOutcome, HistoryContext } from './history.ts';

const MODE = 0o600;

/**
 * Runs the command `diagnostics`: writes a diagnostics archive. The file appears when it is complete.
 * @param output a file that doesn't exist yet, or `-` for standard output
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
    await store(archive, output);
    return { exitCode: 0, output: `${output}\n` };
  } catch (error) {
    return { exitCode: 1, output: `Error: ${reasonOf(error)}\n` };
  }
}

async function store(archive: NodeJS.ReadableStream, output: string): Promise<void> {
  const partial = `${output}.partial`;
  try {
    await pipeline(archive, createWriteStream(partial, { flags: 'wx', mode: MODE }));
    await rename(partial, output);
  } catch (error) {
    if (!isExisting(error)) await rm(partial, { force: true });
    throw error;
  }
}

/** Whether the partial file belongs to another command. */
const isExisting = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EEXIST';
