import type { z } from 'zod';
import { hasMoreParts } from '../../domain/text/json-shapes.ts';
import { InvalidInput } from '../../errors.ts';
import { parseUntilFault } from './first-fault.ts';

/** Describes the fault of a value whose schema has no message of its own. */
export function describeIssue(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.input === undefined) return 'required';
  if (issue.code === 'invalid_type') return `not ${withArticle(issue.expected)}`;
  if (issue.code === 'invalid_union' || issue.code === 'invalid_value')
    return 'not one of the allowed values';
  return undefined;
}

const withArticle = (type: string): string => (/^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`);

/** Formats a fault, for example `listeners[1].default_pool.members[0].address: not an IP address`. */
export function faultLine(path: readonly PropertyKey[], message: string): string {
  const place = path.reduce<string>((before, key) => {
    if (typeof key === 'number') return `${before}[${key}]`;
    return before === '' ? String(key) : `${before}.${String(key)}`;
  }, '');
  return `${place === '' ? 'model' : place}: ${message}`;
}

/** The highest number of lists and objects in a model whose faults are all reported. */
const SMALL_MODEL = 5_000;

/**
 * Parses a model. For a large model, the error names only the faults of the first faulty item of a list.
 * @param placed converts a path in the parsed value to a path in the document
 * @throws InvalidInput 'request': one line per fault, with its path in the document
 */
export function parseModel<Model>(
  schema: z.ZodType<Model>,
  json: unknown,
  placed: (path: readonly PropertyKey[]) => readonly PropertyKey[] = (path) => path,
): Model {
  const first = parseUntilFault(schema, json, { error: describeIssue });
  if (first.success) return first.data;
  const parsed = hasMoreParts(json, SMALL_MODEL) ? first : schema.safeParse(json, { error: describeIssue });
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => faultLine(placed(issue.path), issue.message));
  throw new InvalidInput('request', [...new Set(lines)].join('\n'));
}
