import { buildDebianPackage, type PackageRequest } from '../../packaging/debian/debian-package.ts';
import { buildRpmPackage } from '../../packaging/rpm/rpm-package.ts';
import { createCommandRunner } from '../../src/host/command.ts';
import { REPOSITORY } from '../repository.ts';

/** The time of the files in test packages: seconds since 1970. */
export const PACKAGE_TIME = 1_700_000_000;

type Choices = Pick<PackageRequest, 'directory' | 'version'> & Partial<Pick<PackageRequest, 'processor'>>;

/** Requests a package of the working copy without compression; by default for this machine's processor. */
const requestOf = (choices: Choices): PackageRequest => ({
  root: REPOSITORY,
  processor: process.arch === 'arm64' ? 'arm64' : 'x64',
  time: PACKAGE_TIME,
  compression: 'none',
  ...choices,
});

/** Builds the Debian package. @returns its path */
export const buildTestDeb = (choices: Choices): Promise<string> =>
  buildDebianPackage(createCommandRunner(), requestOf(choices));

/** Builds the RPM. @returns its path */
export const buildTestRpm = (choices: Choices): Promise<string> =>
  buildRpmPackage(createCommandRunner(), requestOf(choices));
