import type { AgentConfig } from '../config/options.ts';
import type { ClientKind } from '../domain/certificates/authorities-fault.ts';
import { createPaths } from '../domain/paths.ts';
import type { AuthoritiesFile } from '../domain/self-test/client-authorities.ts';
import { exitCodeOf, type Finding, findingLine, ok, worstState } from '../domain/self-test/finding.ts';
import { InvalidConfiguration } from '../errors.ts';
import { createCommandRunner } from '../host/command.ts';
import { createFiles } from '../host/files.ts';
import { createMachineCheck } from '../host/machine-check.ts';
import { createStartFacts } from '../host/start-facts.ts';
import { TLS_FILES } from '../http/server/tls-material.ts';
import { selfTest } from '../operations/amphora/self-test.ts';
import { examineConfiguration } from './check-config.ts';
import type { CommandOutcome } from './history.ts';

/**
 * Runs the command `check`: checks everything that the agent needs on this machine. Changes nothing.
 * @param searchPath directories in which programs are found, separated by colons
 * @returns exit code 0 if all is well, 1 if something is degraded, 2 if something is broken
 */
export async function runCheck(
  configFile: string,
  { json }: { readonly json: boolean },
  searchPath: string,
): Promise<CommandOutcome> {
  const { usable, faults, warnings } = await examineConfiguration(configFile);
  const findings: Finding[] = [
    ...faults.map((message) => fault('broken', configFile, message)),
    ...warnings.map((message) => fault('degraded', configFile, message)),
    ...(faults.length + warnings.length === 0 ? [ok(configFile, 'the agent can start with it')] : []),
  ];
  if (usable !== undefined) findings.push(...(await onMachine(configFile, usable, searchPath)));
  const output = json
    ? `${JSON.stringify({ state: worstState(findings), findings }, undefined, 2)}\n`
    : findings.map((finding) => `${findingLine(finding)}\n`).join('');
  return { exitCode: exitCodeOf(findings), output };
}

const fault = (state: 'broken' | 'degraded', file: string, message: string): Finding => ({
  state,
  subject: file,
  message: message.replace(`${file}: `, ''),
  remedy: 'correct the file, then amphora-agent check',
});

async function onMachine(configFile: string, config: AgentConfig, searchPath: string): Promise<Finding[]> {
  const files = createFiles();
  const authoritiesIn = async (file: string | undefined, signs: ClientKind): Promise<AuthoritiesFile[]> => {
    const pem = file === undefined ? undefined : await files.readText(file).catch(() => undefined);
    return file === undefined || pem === undefined ? [] : [{ file, signs, pem }];
  };
  return selfTest({
    config,
    paths: createPaths(config),
    machine: createMachineCheck(files, createCommandRunner(), createStartFacts(searchPath)),
    chain: await chainOf(configFile, config),
    authorities: [
      ...(await authoritiesIn(config.agentServerCa, 'controllers')),
      ...(await authoritiesIn(config.agentMonitorCa, 'clients for monitoring')),
    ],
  });
}

async function chainOf(configFile: string, config: AgentConfig): Promise<string | undefined> {
  try {
    return (await TLS_FILES.agentServerCert(createFiles(), config, configFile)).chain;
  } catch (error) {
    if (error instanceof InvalidConfiguration) return undefined;
    throw error;
  }
}
