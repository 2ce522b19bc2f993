import { pipeline } from 'node:stream/promises';
import { reasonOf } from '../../errors.ts';
import type { OpenedAnswer } from '../../host/agent/agent-connection.ts';
import { AgentUnreachable } from '../../host/agent/agent-errors.ts';
import { NoOrdinaryFile, storeStream } from '../stored-stream.ts';
import type { AgentClient, CaptureRequest } from './agent-client.ts';
import { type CtlOutcome, EXIT, UsageFault } from './outcome.ts';
import { DONE } from './run.ts';

/** Standard output as a file name. */
const STANDARD_OUTPUT = '-';

/** Runs `diagnostics`: the file appears when the archive is complete. @param output file, or `-` for standard output */
export async function fetchDiagnostics(client: AgentClient, output: string): Promise<CtlOutcome> {
  refuseTerminal(output);
  return save(client.name, await client.diagnostics(), { output, keepsCut: false });
}

/** Runs `capture`. Ctrl-C ends the capture; what has arrived stays. @param output file, or `-` for standard output */
export async function capture(
  client: AgentClient,
  request: CaptureRequest,
  output: string,
): Promise<CtlOutcome> {
  refuseTerminal(output);
  return save(client.name, await client.capture(request), { output, keepsCut: true });
}

function refuseTerminal(output: string): void {
  if (output === STANDARD_OUTPUT && process.stdout.isTTY)
    throw new UsageFault('standard output is a terminal: give -o FILE, or pipe the output into a program');
}

async function save(
  name: string,
  { body }: OpenedAnswer,
  { output, keepsCut }: { readonly output: string; readonly keepsCut: boolean },
): Promise<CtlOutcome> {
  const ending = new AbortController();
  const stop = (): void => ending.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const { signal } = ending;
  try {
    if (output === STANDARD_OUTPUT) {
      await pipeline(body, process.stdout, { end: false, signal });
      return DONE;
    }
    await storeStream(body, output, { signal, keepsCut });
    return { exitCode: EXIT.ok, output: `${output}\n` };
  } catch (error) {
    if (signal.aborted) return { exitCode: keepsCut ? EXIT.ok : EXIT.failed, output: '' };
    if (isOfFile(error)) throw error;
    throw new AgentUnreachable(name, `the answer was cut off: ${reasonOf(error)}`, { cause: error });
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

/** Whether the file, and not the connection, failed. */
const isOfFile = (error: unknown): boolean =>
  error instanceof NoOrdinaryFile ||
  (error instanceof Error &&
    'syscall' in error &&
    /^(open|write|rename|unlink)$/.test(String(error.syscall)));
