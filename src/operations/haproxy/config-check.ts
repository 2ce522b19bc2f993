import {
  CHECK_TEXT,
  checkMemory,
  haproxyCheck,
  inMemory,
  ranOutOfMemory,
} from '../../domain/haproxy/haproxy-check.ts';
import { readHaproxyNeeds } from '../../domain/haproxy/haproxy-needs.ts';
import { peerName } from '../../domain/haproxy/haproxy-text.ts';
import { withVerdict } from '../../domain/haproxy/haproxy-verdict.ts';
import { type MachineLimits, shortage } from '../../domain/haproxy/machine-limits.ts';
import { unsafeHaproxyLines } from '../../domain/haproxy/unsafe-haproxy.ts';
import type { HaproxyId } from '../../domain/ids.ts';
import { CHECK_CONFIG, USER_GROUP_CONFIG } from '../../domain/paths.ts';
import { HAPROXY_OPEN_FILES } from '../../domain/service-definitions.ts';
import type { UnsafeLine } from '../../domain/unsafe-line.ts';
import { CommandFailed, Rejected } from '../../errors.ts';
import type { OperationContext } from '../context.ts';
import { judgeUnsafeLines } from '../unsafe-lines.ts';
import type { HaproxyUpload } from './models.ts';

/** Less than the 60 s that a controller waits for an answer. */
const CHECK_TIMEOUT_MS = 45_000;
const CONFIG_MODE = 0o644;

/**
 * Writes the file that every check reads. It is never removed: units name it, and systemd runs checks without the agent.
 */
export async function writeCheckConfig({ host }: Pick<OperationContext, 'host'>): Promise<void> {
  if ((await host.files.readText(CHECK_CONFIG)) === CHECK_TEXT) return;
  await host.files.write(CHECK_CONFIG, CHECK_TEXT, { mode: CONFIG_MODE });
}

/**
 * Has haproxy check an uploaded configuration, with limited memory. Then checks that the machine has enough memory and open
 * files for haproxy to start with it.
 * @param checked.file path of the configuration
 * @param checked.config content of the configuration, without the group line
 * @returns the unsafe lines, then haproxy's output
 * @throws Rejected with haproxy's output, or with the missing resources
 */
export async function checkConfig(
  context: OperationContext,
  upload: HaproxyUpload,
  { file, config }: { readonly file: string; readonly config: Buffer },
): Promise<string> {
  const { id } = upload;
  await writeCheckConfig(context);
  const limits = await machineLimits(context, id);
  const judge = (): string => judgeUnsafeLines(context, id, unsafeLines(context, upload, config));
  // haproxy's check runs Lua, so a refusal must come before it; otherwise this runs during the check
  const refusal = context.config().rejectUnsafeConfig ? judge() : undefined;
  const checking = runCheck(context, upload, { file, memory: checkMemory(limits.memoryKib) });
  const warnings = refusal ?? judge();
  const missing = shortage(readHaproxyNeeds(config), limits);
  const output = withVerdict(await checking);
  if (missing === '') return warnings + output;
  context.logger.warn({ loadBalancer: id, missing }, 'the machine lacks what the configuration needs');
  throw new Rejected(id, missing);
}

/**
 * A running haproxy keeps its limit of open files in a reload. A stopped one will get its limit from the service manager.
 */
async function machineLimits({ paths, host }: OperationContext, id: HaproxyId): Promise<MachineLimits> {
  const { pidFile } = paths.loadBalancer(id);
  const { total: memoryKib } = await host.system.memory();
  // without a pid file, runningPid() would wait for one
  const isNamed = await host.files.exists(pidFile);
  const runningPid = isNamed ? await host.processes.runningPid(pidFile, 'haproxy') : undefined;
  const count =
    runningPid === undefined
      ? await host.openFiles.mostOfStarted(host.services.kind, HAPROXY_OPEN_FILES)
      : await host.openFiles.mostOf(runningPid);
  return { memoryKib, openFiles: count === undefined ? undefined : { count, runningPid } };
}

/** @param check.memory in bytes @returns haproxy's output @throws Rejected; CommandFailed when haproxy could not be run */
async function runCheck(
  { config, host, logger }: OperationContext,
  { id, amphora }: HaproxyUpload,
  { file, memory }: { readonly file: string; readonly memory: number },
): Promise<string> {
  const files = [file, USER_GROUP_CONFIG];
  const command = haproxyCheck({ haproxyCmd: config().haproxyCmd, files, peer: peerName(amphora) });
  try {
    return (await host.commands.run(inMemory(memory, command), { timeoutMs: CHECK_TIMEOUT_MS })).output;
  } catch (error) {
    if (!(error instanceof CommandFailed) || !isRefusal(error)) throw error;
    const output = ranOutOfMemory(memory, error) + error.output;
    logger.warn({ loadBalancer: id, output }, 'haproxy refuses the configuration');
    throw new Rejected(id, output);
  }
}

/** The exit codes of prlimit(1) when it can't start the program. */
const NOT_STARTED: readonly (number | undefined)[] = [126, 127];
/** The signals of a crash. haproxy 3.0 ends with the first one when it gets no memory (measured). */
const CRASHES: readonly (string | undefined)[] = ['SIGSEGV', 'SIGABRT', 'SIGBUS'];

/** Returns whether haproxy refused the configuration, or crashed in the check. */
const isRefusal = ({ exitCode, signal, timedOut }: CommandFailed): boolean =>
  !timedOut && (exitCode === undefined ? CRASHES.includes(signal) : !NOT_STARTED.includes(exitCode));

/** Checks an uploaded text as received, so that the line numbers match the sender's text. */
function unsafeLines({ paths }: OperationContext, upload: HaproxyUpload, rendered: Buffer): UnsafeLine[] {
  const text = ('model' in upload ? rendered : upload.body).toString('latin1');
  return unsafeHaproxyLines(text, paths.loadBalancer(upload.id));
}
