import * as z from 'zod';
import { dryRunAnswer, failureAnswer, messageAnswer, versionAnswer } from '../schemas/answers.ts';
import { jsonSchema, type ModelName, modelReference, modelSchemas } from './json-schema.ts';
import {
  documentedPath,
  documentedPlaces,
  type QueryParameter,
  type Route,
  type RouteDocument,
} from './routes/route.ts';

type Json = Readonly<Record<string, unknown>>;

const INFO = {
  title: 'Octavia amphora agent',
  description:
    'The requests that an Octavia controller sends to an amphora, in API 1.0 (Stein and later) and 0.5 (Rocky). A path without a version means API 1.0, or 0.5 if 1.0 does not have the path. Requests of this agent alone have no version. HEAD works like GET.',
};

/**
 * Returns the OpenAPI 3.1 document of both APIs, made from the table of routes and the schemas that check requests.
 * @param version version of this agent, as `--version` prints it
 */
export function openApiDocument(routes: readonly Route[], version: string): Json {
  const paths: Record<string, Record<string, Json>> = {
    '/': { get: fixedRead('/', { summary: 'The newest API', answer: versionAnswer }) },
    '/openapi.json': {
      get: fixedRead('/openapi.json', { summary: 'This document', answer: z.looseObject({}) }),
    },
  };
  for (const { route, place } of routes.flatMap(placesOf)) {
    const path = documentedPath(place, route);
    const methods = paths[path] ?? {};
    paths[path] = methods;
    for (const method of route.methods) {
      const name = method.toLowerCase();
      methods[name] = {
        ...operation(name, path, route.document, route),
        tags: [route.versions === 'none' ? UNVERSIONED : `API ${place.version}`],
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
        monitor: { type: 'mutualTLS', description: 'A certificate that agent_monitor_ca has signed.' },
      },
      schemas: modelSchemas(),
      responses: { failure: response('The request failed. Its object is as before.', failureAnswer) },
    },
  };
}

/** The tag of requests that no version of Octavia's API has. */
const UNVERSIONED = 'This agent';

const placesOf = (route: Route) => documentedPlaces(route).map((place) => ({ route, place }));

/** Describes a path outside of the table of routes. */
const fixedRead = (path: string, document: RouteDocument): Json =>
  operation('get', path, document, { hasDryRun: false, authority: 'monitor' });

function operation(
  method: string,
  path: string,
  document: RouteDocument,
  { hasDryRun, authority }: Pick<Route, 'hasDryRun' | 'authority'>,
): Json {
  const { summary, body, query = [], failures = [] } = document;
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    ...(PARAMETERS[name] ?? { schema: { type: 'string' } }),
  }));
  const parameters = [...inPath, ...query.map(inQuery), ...(hasDryRun ? [DRY_RUN] : [])];
  const isOpen = authority === 'monitor';
  const refusals = [...(isOpen ? [] : [403]), ...(body === undefined ? [] : [413])];
  const statuses = [400, ...refusals, ...failures, 500].sort((a, b) => a - b);
  return {
    operationId: `${method}${path.replaceAll(/[^\w]+/g, '_')}`,
    summary,
    ...(isOpen ? { security: [{ controller: [] }, { monitor: [] }] } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: content(body.content, body.model) } }),
    responses: {
      ...successes(document, hasDryRun),
      ...unavailable(document),
      ...Object.fromEntries(statuses.map((status) => [status, { $ref: '#/components/responses/failure' }])),
    },
  };
}

function successes(document: RouteDocument, hasDryRun: boolean): Json {
  const { success = 200, answer = messageAnswer, answerModel, etag } = document;
  const { dryRun = dryRunAnswer } = document;
  const headers = etag ? { headers: { ETag: ETAG } } : {};
  const done = { ...response('Done.', answer, answerModel), ...headers };
  if (!hasDryRun) return { [success]: done };
  const tried = response('A dry run: what the request would do.', dryRun);
  if (success !== 200) return { 200: tried, [success]: done };
  return {
    200: {
      ...response('Done, or what a dry run would do.', z.union([messageAnswer, dryRun])),
      ...headers,
    },
  };
}

const unavailable = ({ unavailable: meaning }: RouteDocument): Json =>
  meaning === undefined ? {} : { 503: response(meaning, 'text') };

const inQuery = ({ name, description, isRequired, schema }: QueryParameter): Json => ({
  name,
  in: 'query',
  description,
  ...(isRequired ? { required: true } : {}),
  schema,
});

const DRY_RUN: Json = {
  name: 'dry_run',
  in: 'query',
  description: 'true: only report what the request would do',
  schema: { type: 'string', enum: ['true', 'false'] },
};

const ETAG: Json = { description: 'md5 of the content in hex, without quotes', schema: { type: 'string' } };

const ID: Json = { schema: { type: 'string', format: 'uuid' } };
const ADDRESS: Json = { description: 'an IPv4 or IPv6 address', schema: { type: 'string' } };
/** The parameters of paths, by their names in the table of routes. */
const PARAMETERS: Readonly<Record<string, Json>> = {
  amphora: ID,
  id: { ...ID, description: 'id of a load balancer or a listener' },
  vip: ADDRESS,
  address: ADDRESS,
  action: {
    description: 'in upper or lower case',
    schema: { type: 'string', enum: ['start', 'stop', 'reload'] },
  },
  loadbalancer: { ...ID, description: 'id of a load balancer, in API 0.5 of a listener' },
  member: { description: "id of a member: its server's name in haproxy", schema: { type: 'string' } },
  name: { description: 'a plain file name', schema: { type: 'string', pattern: '\\.pem$' } },
};

const response = (description: string, answer: Answer, model?: ModelName): Json => ({
  description,
  content: content(answer, model),
});

type Answer = NonNullable<RouteDocument['answer']> | 'bundle';

/** @param model JSON model that may replace the text */
const content = (kind: Answer, model?: ModelName): Json => ({
  ...bodyContent(kind),
  ...(model === undefined ? {} : { 'application/json': { schema: modelReference(model) } }),
});

function bodyContent(kind: Answer): Json {
  if (typeof kind !== 'string') return { 'application/json': { schema: jsonSchema(kind) } };
  const text = { schema: { type: 'string' } };
  switch (kind) {
    case 'text':
      return { 'text/plain': text };
    case 'metrics':
      return { 'application/openmetrics-text': text, 'text/plain': text };
    case 'page':
      return { 'text/html': text, 'text/plain': text };
    case 'archive':
      // bytes have no type in a JSON schema (OpenAPI 3.1.1, section "Working with Binary Data")
      return { 'application/gzip': { schema: {} } };
    case 'bundle':
      return { 'application/x-tar': { schema: {} } };
    case 'packets':
      return { 'application/vnd.tcpdump.pcap': { schema: {} } };
  }
}
