import * as z from 'zod';
import { type BundleManifest, MOST_BUNDLE_BYTES, MOST_PACKAGES } from '../domain/upgrade/bundle-manifest.ts';

/** Names, versions and architectures as deb-control(5) and deb-version(7) allow them. They become names of files and arguments. */
const packageName = z.string().regex(/^[a-z0-9][a-z0-9+.-]{1,99}$/);
const packageVersion = z.string().regex(/^[0-9][A-Za-z0-9.+~:-]{0,99}$/);
const architecture = z.string().regex(/^[a-z0-9][a-z0-9-]{0,29}$/);
const word = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,59}$/);
const time = z.iso.datetime();

const bundlePackage = z.strictObject({
  name: packageName,
  version: packageVersion,
  architecture,
  // at most 100 characters after the folder: MOST_FILE_NAME of domain/upgrade/bundle-form.ts
  file: z.string().regex(/^packages\/[A-Za-z0-9][A-Za-z0-9.+~_-]{1,95}\.deb$/),
  bytes: z.int().positive().max(MOST_BUNDLE_BYTES),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  from: packageVersion.optional(),
});

/** The JSON of a bundle's manifest. */
const manifestSchema = z.strictObject({
  format: z.literal(1),
  distribution: word,
  suite: word,
  architecture,
  created: time,
  expires: time,
  allow_downgrade: z.boolean(),
  packages: z.array(bundlePackage).min(1).max(MOST_PACKAGES),
});

export type BundleManifestJson = z.infer<typeof manifestSchema>;

/** Parses a manifest whose signature was verified. @throws Error whose message is the first fault */
export function parseBundleManifest(value: unknown): BundleManifest {
  const result = manifestSchema.safeParse(value);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new Error(`${issue?.path.join('.') || 'the whole'}: ${issue?.message}`, { cause: result.error });
  }
  const { allow_downgrade: allowsDowngrade, packages, ...rest } = result.data;
  return { ...rest, allowsDowngrade, packages: packages.map(({ from, ...one }) => ({ ...one, from })) };
}
