import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadConfig } from '../config/load-config.ts';
import type { AgentConfig } from '../config/options.ts';
import { readConfigFile } from '../config-file.ts';
import { CHECK_TEXT, haproxyCheck } from '../domain/haproxy/haproxy-check.ts';
import { keepalivedComplaints } from '../domain/keepalived/keepalived-complaints.ts';
import type { Program } from '../domain/program.ts';
import { KEEPALIVED_ENVIRONMENT, keepalivedTest } from '../domain/service-definitions.ts';
import { AgentError, InvalidInput, reasonOf } from '../errors.ts';
import { createCommandRunner } from '../host/command.ts';
import { createFiles, type Files } from '../host/files.ts';
import { createTemplates } from '../render/templates.ts';
import { UNUSABLE } from './exit-codes.ts';
import { type RenderedModel, type RenderRequest, renderModel } from './render-model.ts';

/** The model is invalid, or its program refuses the configuration. */
const FAULTY = 1;

/** The file of a model can't be read. */
class ModelUnreadable extends AgentError {}

export interface RenderOptions extends RenderRequest {
  /** a file, or `-` for standard input */
  readonly model: string;
  readonly check: boolean;
  /** undefined: the agent's defaults */
  readonly configFile: string | undefined;
}

export interface RenderStreams {
  readonly input: AsyncIterable<Uint8Array>;
  /** standard output: the configuration alone */
  readonly print: (text: string) => void;
  /** standard error */
  readonly say: (text: string) => void;
}

/**
 * Runs the command `render`: prints the configuration that a model describes. Needs no agent, no root and no
 * configuration.
 * @param templates folder of the templates
 * @returns exit code 0; 1 with a line for each fault if the model is invalid or its program refuses the configuration; 2 with one
 *   line if the model can't be read
 * @throws InvalidConfiguration
 */
export async function runRender(
  options: RenderOptions,
  streams: RenderStreams,
  templates: string,
): Promise<number> {
  const files = createFiles();
  const context = { render: createTemplates(templates), config: await configOf(files, options.configFile) };
  try {
    const json = parsed(await textOf(files, options.model, streams.input));
    streams.print(renderModel(context, json, options).text);
    if (!options.check) return 0;
    return await inTemporaryDirectory(files, async (directory) => {
      const rendered = renderModel({ ...context, certificates: directory }, json, options);
      const complaints = await check(files, directory, rendered, context.config);
      for (const complaint of complaints.lines) streams.say(`${complaint}\n`);
      return complaints.isRefused ? FAULTY : 0;
    });
  } catch (error) {
    if (!(error instanceof InvalidInput || error instanceof ModelUnreadable)) throw error;
    streams.say(`${error.message}\n`);
    return error instanceof ModelUnreadable ? UNUSABLE : FAULTY;
  }
}

/** A configuration with the only option that has no default. Its value has no effect on a rendered configuration. */
const DEFAULTS = '[amphora_agent]\namphora_id = 00000000-0000-0000-0000-000000000000\n';

async function configOf(files: Files, configFile: string | undefined): Promise<AgentConfig> {
  if (configFile === undefined) return loadConfig('defaults', DEFAULTS).config;
  return (await readConfigFile(files, configFile)).config;
}

async function textOf(files: Files, model: string, input: RenderStreams['input']): Promise<string> {
  if (model === '-') {
    const chunks: Uint8Array[] = [];
    for await (const chunk of input) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  }
  let text: string | undefined;
  try {
    text = await files.readText(model);
  } catch (error) {
    throw new ModelUnreadable(`${model}: can't read it: ${reasonOf(error)}`, { cause: error });
  }
  if (text === undefined) throw new ModelUnreadable(`${model}: no such file`);
  return text;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InvalidInput('request', `model: not JSON: ${reasonOf(error)}`);
  }
}

async function inTemporaryDirectory<Result>(
  files: Files,
  use: (directory: string) => Promise<Result>,
): Promise<Result> {
  const directory = path.join(tmpdir(), `amphora-render-${randomUUID()}`);
  await files.makeDirectory(directory, 0o700);
  try {
    return await use(directory);
  } finally {
    await files.remove(directory);
  }
}

interface Verdict {
  readonly isRefused: boolean;
  readonly lines: readonly string[];
}

const CHECK_TIMEOUT_MS = 60_000;
const SECRET_MODE = 0o600;

/** Has haproxy or keepalived check a rendered configuration. */
async function check(
  files: Files,
  directory: string,
  { kind, text, certificates, peer }: RenderedModel,
  { haproxyCmd }: AgentConfig,
): Promise<Verdict> {
  for (const { file, pem } of certificates)
    await files.write(path.join(directory, file), pem, { mode: SECRET_MODE });
  const file = path.join(directory, `${kind}.conf`);
  // keepalived enters the namespace before it reads on, and fails if this machine has no such namespace
  await files.write(file, text.replace(/^net_namespace .*$/m, ''), { mode: SECRET_MODE });
  if (kind !== 'haproxy')
    return verdictOf(files, keepalivedTest(file), (_code, output) => keepalivedComplaints(output));
  const checkConfig = path.join(directory, 'check.conf');
  await files.write(checkConfig, CHECK_TEXT, { mode: SECRET_MODE });
  const program = haproxyCheck({ haproxyCmd, files: [file], peer, checkConfig });
  return verdictOf(files, program, (code, output) => (code === 0 ? [] : output.trim().split('\n')));
}

/** The longest output that is kept, in characters. Each line of the output can be a complaint. */
const KEPT_OUTPUT = 8 * 1024 * 1024;
const ANY_CODE = Array.from({ length: 256 }, (_, code) => code);

async function verdictOf(
  files: Files,
  program: Program,
  complaintsOf: (exitCode: number, output: string) => readonly string[],
): Promise<Verdict> {
  const [name] = program;
  if (!(await files.exists(name)))
    return { isRefused: false, lines: [`not checked: ${name} is not installed`] };
  const { exitCode, output } = await createCommandRunner().run(program, {
    timeoutMs: CHECK_TIMEOUT_MS,
    okCodes: ANY_CODE,
    env: KEEPALIVED_ENVIRONMENT,
    keptOutput: KEPT_OUTPUT,
  });
  const lines = complaintsOf(exitCode, output);
  return { isRefused: lines.length > 0, lines };
}
