import type { z } from 'zod';
import { MOST_BUNDLE_BYTES } from '../../domain/upgrade/bundle-manifest.ts';
import type { ModelName } from '../json-schema.ts';

/** The largest body of a request, and the memory that it needs. */
export interface BodyLimit {
  /** the largest body, in bytes */
  readonly bytes: number;
  /** bytes of memory that are reserved for each byte: the values made from a body stay in memory as long as the body */
  readonly weight: number;
}

/** The body of a route's requests. */
export interface Body {
  /** a configuration or certificate as text, JSON, or a bundle of packages, which its handler reads while it arrives */
  readonly content: 'text' | 'bundle' | z.ZodType;
  readonly limit: BodyLimit;
  /** JSON model that may replace the text */
  readonly model?: ModelName;
  readonly modelLimit?: BodyLimit;
  /** limit of a dry run; undefined: `limit` */
  readonly dryRunLimit?: BodyLimit;
}

export const MIB = 1024 * 1024;

/** The memory for the bodies of all requests under way, in weighted bytes. The largest single body fits. */
export const BODIES_LIMIT = 16 * MIB;
/**
 * Returns the body of an upload: a configuration or a model. A configuration of 10 000 members has about 2 MiB as a text
 * and about 4 MiB as a model.
 */
export const configurationOr = (model: ModelName): Body => ({
  content: 'text',
  limit: { bytes: 16 * MIB, weight: 1 },
  model,
  modelLimit: { bytes: 8 * MIB, weight: 2 },
  // the answer contains the text twice, once as it would be stored and once as a diff, both in JSON
  dryRunLimit: { bytes: 3 * MIB, weight: 5 },
});
export const CERTIFICATE_BODY: Body = { content: 'text', limit: { bytes: 16 * MIB, weight: 1 } };
/** The agent's own configuration or certificate. */
export const OWN_FILE_BODY: Body = { content: 'text', limit: { bytes: MIB, weight: 1 } };
export const jsonBody = (content: z.ZodType): Body => ({ content, limit: { bytes: MIB, weight: 4 } });
/** A bundle of packages. It never is in memory as a whole. The manifest and the signature come on top of the packages. */
export const BUNDLE_BODY: Body = { content: 'bundle', limit: { bytes: MOST_BUNDLE_BYTES + MIB, weight: 0 } };
