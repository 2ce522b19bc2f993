import type { BundleTarget } from './bundle-form.ts';

/** Reads the distribution and its suite from the text of /etc/os-release (os-release(5)). Both are empty if they are missing. */
export const readOsRelease = (text: string): Pick<BundleTarget, 'distribution' | 'suite'> => ({
  distribution: valueIn(text, 'ID'),
  suite: valueIn(text, 'VERSION_CODENAME'),
});

const valueIn = (text: string, name: string): string =>
  new RegExp(`^${name}=(["']?)(.*)\\1$`, 'm').exec(text)?.[2] ?? '';
