import { Readable } from 'node:stream';
import type { Program } from '../../domain/program.ts';
import type { CommandRunner } from '../command.ts';
import type { Files } from '../files.ts';
import { ownProgram } from '../own-program.ts';
import type { BundleTerms, ReadBundle } from './bundle-reader.ts';
import type { InstalledAgent } from './installed-agent.ts';
import type { PackageTools } from './package-tools.ts';

/** The effects of upgrades. Their modules are loaded at the first use: an amphora may never be upgraded. */
export interface UpgradeTools {
  packages(): Promise<PackageTools>;
  /** Returns the installation of this agent; undefined if it runs from its sources. */
  installedAgent(): Promise<InstalledAgent | undefined>;
  /** Returns the command line that starts this agent's program. */
  ownProgram(): Promise<Program>;
  /** Verifies a bundle while it arrives, and stores its packages, as readBundle() does. @throws BundleRefused, WriteFailed */
  readBundle(
    source: AsyncIterable<Buffer>,
    terms: BundleTerms & { readonly directory: string },
  ): Promise<ReadBundle>;
  /** Builds a package from its installed files, as buildFormerPackage() does. @throws CommandFailed */
  buildFormer(name: string, file: string): Promise<void>;
  /** Writes all files and directories of a tree to the disk. */
  syncTree(directory: string): Promise<void>;
}

/** The parts of the host that the tools use. */
interface Parts {
  readonly commands: CommandRunner;
  readonly files: Files;
}

export const createUpgradeTools = (parts: Parts): UpgradeTools => ({
  packages: async () => (await import('./package-tools.ts')).createPackageTools(parts.commands),
  installedAgent: async () => (await import('./installed-agent.ts')).installedAgent(await ownProgram()),
  ownProgram,
  readBundle: async (source, terms) =>
    (await import('./bundle-reader.ts')).readBundle(Readable.from(source, { objectMode: false }), terms),
  buildFormer: async (name, file) =>
    (await import('./former-package.ts')).buildFormerPackage(parts, name, file),
  syncTree: async (directory) => (await import('./installed-agent.ts')).syncTree(directory),
});
