import type { z } from 'zod';
import { hasMoreParts } from '../../domain/text/json-shapes.ts';
import { InvalidInput } from '../../errors.ts';
import { parseUntilFault } from './first-fault.ts';

/** What is wrong with one value, where its schema has no words of its own for it. */
export function describeIssue(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.input === undefined) return 'required';
  if (issue.code === 'invalid_type') return `not ${withArticle(issue.expected)}`;
  if (issue.code === 'invalid_union' || issue.code === 'invalid_value')
    return 'not one of the values it can have';
  return undefined;
}

const withArticle = (type: string): string => (/^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`);

/** `listeners[1].default_pool.members[0].address: not an IP address` */
export function faultLine(path: readonly PropertyKey[], message: string): string {
  const place = path.reduce<string>((before, key) => {
    if (typeof key === 'number') return `${before}[${key}]`;
    return before === '' ? String(key) : `${before}.${String(key)}`;
  }, '');
  return `${place === '' ? 'model' : place}: ${message}`;
}

/** Lists and objects of a model whose faults are all named. */
const SMALL_MODEL = 5_000;

/**
 * Of a large model, only the faults of the first item of a list that has any are named.
 * @param placed where in the document a value of the parsed one is
 * @throws InvalidInput 'request': a line a fault, with its path in the document
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
