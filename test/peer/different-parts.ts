import { isDeepStrictEqual } from 'node:util';
import type { Answer } from '../interop/driver/steps.ts';

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * What is different in two answers: `status`, which includes all else; else keys of the body, sorted, or `body` where one
 * isn't an object, or `raised`, the driver's exception. Empty where the answers are the same.
 */
export function differentParts(one: Answer, other: Answer): string[] {
  if (one.status !== other.status) return ['status'];
  if (isDeepStrictEqual(one, other)) return [];
  if (one.raised !== other.raised) return ['raised'];
  const [body, otherBody] = [one.body, other.body];
  if (!isObject(body) || !isObject(otherBody)) return ['body'];
  const keys = new Set([...Object.keys(body), ...Object.keys(otherBody)]);
  return [...keys].filter((key) => !isDeepStrictEqual(body[key], otherBody[key])).sort();
}
