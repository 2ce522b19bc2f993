import path from 'node:path';
import type { BundlePackage } from '../../domain/upgrade/bundle-manifest.ts';
import { BundleNotMade } from '../../domain/upgrade/bundle-refused.ts';
import { CommandFailed } from '../../errors.ts';
import type { CommandRunner } from '../command.ts';

export type ControlFields = Pick<BundlePackage, 'name' | 'version' | 'architecture'>;

const TIMEOUT_MS = 30_000;

/** Reads the name, version and architecture of a Debian package by dpkg-deb(1). @throws BundleNotMade */
export async function readControlFields(commands: CommandRunner, file: string): Promise<ControlFields> {
  const text = await fieldsOf(commands, file);
  const value = (field: string): string => new RegExp(`^${field}: *(\\S.*)$`, 'm').exec(text)?.[1] ?? '';
  return { name: value('Package'), version: value('Version'), architecture: value('Architecture') };
}

async function fieldsOf(commands: CommandRunner, file: string): Promise<string> {
  // an absolute path, because dpkg-deb would take a name that begins with - for an option
  const argv = ['--field', path.resolve(file), 'Package', 'Version', 'Architecture'] as const;
  try {
    return (await commands.run(['dpkg-deb', ...argv], { timeoutMs: TIMEOUT_MS })).stdout;
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    if (error.isNotInstalled) {
      throw new BundleNotMade('dpkg-deb is missing, which reads Debian packages: install the package dpkg');
    }
    throw new BundleNotMade(`${file} is not a Debian package: ${error.output.trim() || error.message}`, {
      cause: error,
    });
  }
}
