import type { z } from 'zod';
import type { ModelName } from '../json-schema.ts';

/** How much a request may carry. */
export interface BodyLimit {
  /** the largest body, in bytes */
  readonly bytes: number;
  /** what each byte counts for in the memory for bodies: what is made of it stays in memory as long as the body does */
  readonly weight: number;
}

/** What the requests of a route carry. */
export interface Body {
  /** a configuration or certificate as text, or JSON */
  readonly content: 'text' | z.ZodType;
  readonly limit: BodyLimit;
  /** what may come in JSON instead of the text */
  readonly model?: ModelName;
  readonly modelLimit?: BodyLimit;
  /** of a dry run; undefined: the same */
  readonly dryRunLimit?: BodyLimit;
}

export const MIB = 1024 * 1024;

/** Of all requests under way together, weighted: the largest one fits, however many there are. */
export const BODIES_LIMIT = 16 * MIB;
/** A configuration of 10 000 members has about 2 MiB as a text, and about 4 MiB as a model. */
export const configurationOr = (model: ModelName): Body => ({
  content: 'text',
  limit: { bytes: 16 * MIB, weight: 1 },
  model,
  modelLimit: { bytes: 8 * MIB, weight: 2 },
  // the answer has the text twice, as it would be stored and as a difference, and both in JSON
  dryRunLimit: { bytes: 3 * MIB, weight: 5 },
});
export const CERTIFICATE_BODY: Body = { content: 'text', limit: { bytes: 16 * MIB, weight: 1 } };
/** The agent's own configuration or certificate. */
export const OWN_FILE_BODY: Body = { content: 'text', limit: { bytes: MIB, weight: 1 } };
export const jsonBody = (content: z.ZodType): Body => ({ content, limit: { bytes: MIB, weight: 4 } });
