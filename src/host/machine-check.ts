import { lookup } from 'node:dns/promises';
import { stat } from 'node:fs/promises';
import { release } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { ApiAddressState } from '../domain/self-test/api-address.ts';
import type { FileFacts } from '../domain/self-test/machine.ts';
import type { NeededProgram, ObservedProgram } from '../domain/self-test/programs.ts';
import { CommandFailed } from '../errors.ts';
import { type ApiAddress, tryApiAddress } from './api-address.ts';
import type { CommandRunner } from './command.ts';
import type { Files } from './files.ts';
import type { StartFacts } from './start-facts.ts';

/** Observes the machine for the self-test. It changes nothing. */
export interface MachineCheck {
  program(needed: NeededProgram): Promise<ObservedProgram>;
  /** Returns whether the kernel has a module, loaded or built in. */
  hasModule(name: string): Promise<boolean>;
  /** Returns undefined when the file doesn't exist. */
  file(file: string): Promise<FileFacts | undefined>;
  /** Returns the addresses of the interfaces outside of the namespace. */
  addresses(): readonly string[];
  /** Returns whether a name has an address. A name server that is silent for 5 s means no. */
  resolves(host: string): Promise<boolean>;
  /** Returns whether the agent accepts connections at its address, or could listen there if it ran. */
  apiAddress(address: ApiAddress): Promise<ApiAddressState>;
  isDebian(): Promise<boolean>;
}

const VERSION_MS = 5_000;
const LOOKUP_MS = 5_000;
const MODE_BITS = 0o7777;

export function createMachineCheck(files: Files, commands: CommandRunner, facts: StartFacts): MachineCheck {
  return {
    async program({ program, version }) {
      const canRun = await facts.canRun(program);
      if (!canRun || version === undefined) return { canRun, output: undefined };
      return { canRun, output: await outputOf(commands, program, version) };
    },
    async hasModule(name) {
      if (await files.exists(`/sys/module/${name}`)) return true;
      const builtIn = await files.readText(`/lib/modules/${release()}/modules.builtin`);
      return builtIn?.includes(`/${name}.ko`) ?? false;
    },
    async file(file) {
      if (!(await files.exists(file))) return undefined;
      const found = await stat(file);
      return { isDirectory: found.isDirectory(), uid: found.uid, mode: found.mode & MODE_BITS };
    },
    addresses: () => facts.addresses(),
    resolves: (host) =>
      Promise.race([
        lookup(host).then(
          () => true,
          () => false,
        ),
        delay(LOOKUP_MS, false, { ref: false }),
      ]),
    apiAddress: tryApiAddress,
    isDebian: () => facts.canRun('apt-get'),
  };
}

async function outputOf(
  commands: CommandRunner,
  program: string,
  version: readonly string[],
): Promise<string | undefined> {
  try {
    return (await commands.run([program, ...version], { timeoutMs: VERSION_MS })).output;
  } catch (error) {
    if (error instanceof CommandFailed) return undefined;
    throw error;
  }
}
