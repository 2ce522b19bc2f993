import { z } from 'zod';

type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * Returns the answer with the fewest facts that a schema allows: each value that may be null is null, each field that may be
 * absent is absent, and each array and record has one item.
 */
export const sparseAnswer = (schema: z.ZodType): unknown =>
  sparsest(z.toJSONSchema(schema, { io: 'output' }));

const PLAIN: ReadonlyMap<unknown, unknown> = new Map<unknown, unknown>([
  ['string', 'text'],
  ['integer', 1],
  ['number', 1],
  ['boolean', false],
]);

function sparsest(schema: unknown): unknown {
  if (!isSchema(schema)) throw new Error(`not a schema: ${JSON.stringify(schema)}`);
  const { const: constant, enum: choices, format, items, type } = schema;
  if (mayBeNull(schema)) return null;
  if (Array.isArray(choices)) return choices[0];
  if (type === 'object') return sparsestObject(schema);
  if (type === 'array') return [sparsest(items)];
  return constant ?? (format === 'date-time' ? '2026-11-28T10:00:00Z' : plainValue(type));
}

const mayBeNull = ({ type, anyOf }: JsonSchema): boolean =>
  (Array.isArray(type) && type.includes('null')) ||
  (Array.isArray(anyOf) && anyOf.some((one: JsonSchema) => one['type'] === 'null'));

const sparsestObject = ({ properties, required, additionalProperties }: JsonSchema): unknown =>
  isSchema(properties)
    ? Object.fromEntries(
        Object.entries(properties)
          .filter(([name]) => Array.isArray(required) && required.includes(name))
          .map(([name, inner]) => [name, sparsest(inner)]),
      )
    : { key: sparsest(additionalProperties) };

function plainValue(type: unknown): unknown {
  if (!PLAIN.has(type)) throw new Error(`no value of type ${JSON.stringify(type)}`);
  return PLAIN.get(type);
}

const isSchema = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
