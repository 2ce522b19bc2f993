import { z } from 'zod';
import { openApiDocument } from '../../../src/http/openapi.ts';
import { ROUTES } from '../../../src/http/routes/routes.ts';

const json = z.record(z.string(), z.unknown());
const answer = z.union([
  z.object({ $ref: z.string() }),
  z.object({ description: z.string(), content: z.record(z.string(), z.object({ schema: json })) }),
]);
const operation = z.object({
  operationId: z.string(),
  summary: z.string().min(1),
  parameters: z
    .array(
      z.union([
        z.object({ name: z.string(), in: z.literal('path'), required: z.literal(true), schema: json }),
        z.object({ name: z.string(), in: z.literal('query'), schema: json }),
      ]),
    )
    .default([]),
  requestBody: z
    .object({ required: z.literal(true), content: z.record(z.string(), z.object({ schema: json })) })
    .optional(),
  responses: z.record(z.string().regex(/^[1-5]\d\d$/), answer),
});
/** The part of OpenAPI 3.1 that the document uses. */
const openApi = z.object({
  openapi: z.literal('3.1.1'),
  info: z.object({ title: z.string(), version: z.string() }),
  paths: z.record(
    z.string().startsWith('/'),
    z.partialRecord(z.enum(['get', 'put', 'post', 'delete']), operation),
  ),
  components: z.object({ responses: z.record(z.string(), answer) }),
});

export type Operation = z.infer<typeof operation>;

const SCHEMA_REFERENCE = /"\$ref":"#\/components\/schemas\/(\w+)"/g;

/** Returns a schema in which references to schemas of the document are resolved. */
function inlined(text: string, schemas: Readonly<Record<string, unknown>>): string {
  const once = text.replaceAll(SCHEMA_REFERENCE, (_, name: string) =>
    JSON.stringify(schemas[name]).slice(1, -1),
  );
  return once === text ? text : inlined(once, schemas);
}

const written = z
  .looseObject({ components: z.looseObject({ schemas: z.record(z.string(), json) }) })
  .parse(openApiDocument(ROUTES, '0'));

/** The document itself, parsed. */
export const DOCUMENT = openApi.parse(
  JSON.parse(inlined(JSON.stringify(written), written.components.schemas)),
);

/** Returns the paths at which an operation is served. */
export interface Served {
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
}

export const OPERATIONS: readonly Served[] = Object.entries(DOCUMENT.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, found]) => ({ path, method, operation: found })),
);

/** Statuses that do not depend on the path: a wrong method, a body that came too slowly. */
const OF_ANY_PATH = [405, 408];

/**
 * What is wrong with an answer by the document; undefined where nothing is, or where no path of it was asked.
 * @param target path and query, as sent
 */
export function undocumented(
  method: string,
  target: string,
  got: {
    readonly status: number;
    readonly body: string;
    readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  },
): string | undefined {
  const path = target.replace(/\?.*/s, '').replaceAll(/\/{2,}/g, '/');
  const served = OPERATIONS.filter((one) => one.method === method.toLowerCase() && covers(one.path, path));
  const one = served.toSorted((a, b) => parameterCount(a.path) - parameterCount(b.path))[0];
  if (one === undefined || OF_ANY_PATH.includes(got.status)) return undefined;
  const schemas = schemasOf(one.operation, got.status);
  if (schemas === undefined) return `${method} ${path}: status ${got.status} is not documented`;
  const contentType = String(got.headers['content-type']).replace(/;.*/, '');
  const jsonSchema = schemas[contentType]?.schema;
  if (jsonSchema === undefined) return `${method} ${path}: ${contentType} is not documented`;
  if (contentType !== 'application/json') return undefined;
  const checked = z.fromJSONSchema(jsonSchema).safeParse(JSON.parse(got.body));
  return checked.success ? undefined : `${method} ${path}: ${checked.error.message}`;
}

const parameterCount = (path: string): number => path.split('{').length;

function covers(template: string, path: string): boolean {
  const [wanted, given] = [template.split('/'), path.split('/')];
  return (
    wanted.length === given.length &&
    wanted.every((word, index) => word.startsWith('{') || word === given[index])
  );
}

function schemasOf(
  { responses }: Operation,
  status: number,
): Record<string, { schema: z.infer<typeof json> }> | undefined {
  const found = responses[status];
  if (found === undefined) return undefined;
  const resolved =
    '$ref' in found ? DOCUMENT.components.responses[found.$ref.split('/').at(-1) ?? ''] : found;
  return resolved !== undefined && 'content' in resolved ? resolved.content : undefined;
}
