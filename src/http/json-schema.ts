import { z } from 'zod';
import { pool } from '../schemas/models/checked-pool.ts';
import { l7Policy } from '../schemas/models/l7/l7.ts';
import { listener } from '../schemas/models/listener.ts';
import { member } from '../schemas/models/member.ts';
import { listenerDocument, loadBalancerDocument } from '../schemas/models/parse.ts';
import { tlsContainer } from '../schemas/models/tls.ts';
import { vrrpDocument } from '../schemas/models/vrrp.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** The JSON models that a client can upload instead of a configuration. */
const MODELS = {
  LoadBalancerModel: loadBalancerDocument,
  ListenerModel: listenerDocument,
  VrrpModel: vrrpDocument,
} as const;
export type ModelName = keyof typeof MODELS;

/** The parts of models that have a schema of their own. */
const PARTS = {
  Listener: listener,
  L7Policy: l7Policy,
  Pool: pool,
  Member: member,
  TlsContainer: tlsContainer,
};

const reference = (name: string): string => `#/components/schemas/${name}`;

export const modelReference = (name: ModelName): JsonSchema => ({ $ref: reference(name) });

/** Returns the schemas of all models and their parts, by their names in the OpenAPI document. */
export function modelSchemas(): Record<string, JsonSchema> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries({ ...MODELS, ...PARTS })) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { ...AS_SENT, uri: reference });
  return Object.fromEntries(
    Object.entries(schemas).map(([name, { $schema: _, $id: __, ...schema }]) => [name, schema]),
  );
}

export function jsonSchema(type: z.ZodType): JsonSchema {
  const { $schema: _, ...schema } = z.toJSONSchema(type, AS_SENT);
  return schema;
}

/** Returns the flags of the patterns that a schema checks. */
const flagsOf = (schema: z.core.$ZodType): string[] =>
  (schema._zod.def.checks ?? []).flatMap(({ _zod: { def } }) =>
    'pattern' in def && def.pattern instanceof RegExp ? [...def.pattern.flags] : [],
  );

/** Options for the schema of a document as a client sends it, before zod normalizes it. */
const AS_SENT = {
  io: 'input',
  override: ({ zodSchema, jsonSchema: made }) => {
    const text = zodSchema instanceof z.ZodPipe ? zodSchema.in : zodSchema;
    // JSON Schema has no flags, so a pattern that needs them is left out
    if (flagsOf(text).length > 0) delete made.pattern;
  },
} as const satisfies z.core.ToJSONSchemaParams;
