import * as z from 'zod';
import type { ApiVersion } from '../domain/api-version.ts';
import { dryRunAnswer, failureAnswer, messageAnswer, versionAnswer } from '../schemas/answers.ts';
import { jsonSchema, type ModelName, modelReference, modelSchemas } from './json-schema.ts';
import type { Route, RouteDocument } from './routes/route.ts';

type Json = Readonly<Record<string, unknown>>;

const INFO = {
  title: 'Octavia amphora agent',
  description:
    'What an Octavia controller asks of an amphora, in API 1.0 (Stein and later) and 0.5 (Rocky). A path without a version means what 1.0 has, or else 0.5. HEAD works like GET.',
};

/**
 * The OpenAPI 3.1 document of both APIs, from the table of routes and the schemas that check requests.
 * @param version of this agent, as `--version` prints it
 */
export function openApiDocument(routes: readonly Route[], version: string): Json {
  const paths: Record<string, Record<string, Json>> = {
    '/': { get: operation('get', '/', { summary: 'The newest API', answer: versionAnswer }) },
    '/openapi.json': {
      get: operation('get', '/openapi.json', { summary: 'This document', answer: z.looseObject({}) }),
    },
  };
  for (const { route, version: api } of routes.flatMap(versionsOf)) {
    const path = `/${api}${route.path.replaceAll(/:(\w+)/g, '{$1}')}`;
    const methods = paths[path] ?? {};
    paths[path] = methods;
    for (const method of route.methods) {
      const name = method.toLowerCase();
      methods[name] = {
        ...operation(name, path, route.document, route.hasDryRun),
        tags: [`API ${api}`],
      };
    }
  }
  return {
    openapi: '3.1.1',
    info: { ...INFO, version },
    servers: [{ url: '/' }],
    security: [{ controller: [] }],
    paths,
    components: {
      securitySchemes: {
        controller: { type: 'mutualTLS', description: 'A certificate that agent_server_ca has signed.' },
      },
      schemas: modelSchemas(),
      responses: { failure: response('It failed, and what it was about is as before.', failureAnswer) },
    },
  };
}

const versionsOf = (route: Route): { route: Route; version: ApiVersion }[] =>
  route.versions.map((version) => ({ route, version }));

function operation(method: string, path: string, document: RouteDocument, hasDryRun = false): Json {
  const { summary, body, failures = [] } = document;
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    ...(PARAMETERS[name] ?? { schema: { type: 'string' } }),
  }));
  const parameters = hasDryRun ? [...inPath, DRY_RUN] : inPath;
  const statuses = [400, ...(body === undefined ? [] : [413]), ...failures, 500].sort((a, b) => a - b);
  return {
    operationId: `${method}${path.replaceAll(/[^\w]+/g, '_')}`,
    summary,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: content(body.content, body.model) } }),
    responses: {
      ...successes(document, hasDryRun),
      ...Object.fromEntries(statuses.map((status) => [status, { $ref: '#/components/responses/failure' }])),
    },
  };
}

function successes(document: RouteDocument, hasDryRun: boolean): Json {
  const { success = 200, answer = messageAnswer, answerModel, etag } = document;
  const headers = etag ? { headers: { ETag: ETAG } } : {};
  const done = { ...response('Done.', answer, answerModel), ...headers };
  if (!hasDryRun) return { [success]: done };
  const tried = response('What would be done.', dryRunAnswer);
  if (success !== 200) return { 200: tried, [success]: done };
  return {
    200: { ...response('Done, or what would be.', z.union([messageAnswer, dryRunAnswer])), ...headers },
  };
}

const DRY_RUN: Json = {
  name: 'dry_run',
  in: 'query',
  description: 'true: only tell what would be done',
  schema: { type: 'string', enum: ['true', 'false'] },
};

const ETAG: Json = { description: 'md5 of the content in hex, without quotes', schema: { type: 'string' } };

const ID: Json = { schema: { type: 'string', format: 'uuid' } };
const ADDRESS: Json = { description: 'an IPv4 or IPv6 address', schema: { type: 'string' } };
/** By their names in the table of routes. */
const PARAMETERS: Readonly<Record<string, Json>> = {
  amphora: ID,
  id: { ...ID, description: 'of a load balancer or a listener' },
  vip: ADDRESS,
  address: ADDRESS,
  action: { description: 'in any case', schema: { type: 'string', enum: ['start', 'stop', 'reload'] } },
  name: { description: 'a plain file name', schema: { type: 'string', pattern: '\\.pem$' } },
};

const response = (description: string, answer: 'text' | z.ZodType, model?: ModelName): Json => ({
  description,
  content: content(answer, model),
});

/** @param model what may be there in JSON instead of the text */
const content = (kind: 'text' | z.ZodType, model?: ModelName): Json => ({
  ...(kind === 'text'
    ? { 'text/plain': { schema: { type: 'string' } } }
    : { 'application/json': { schema: jsonSchema(kind) } }),
  ...(model === undefined ? {} : { 'application/json': { schema: modelReference(model) } }),
});
