import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import request from 'supertest';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openApiText } from '../../../src/commands/openapi.ts';
import { createCertificateValidities } from '../../../src/host/certificate-validities.ts';
import { createCommandRunner } from '../../../src/host/command.ts';
import { createDiagnosticsTools } from '../../../src/host/diagnostics/diagnostics-tools.ts';
import { createFiles } from '../../../src/host/files.ts';
import type { Host } from '../../../src/host/host.ts';
import { createSystemInfo } from '../../../src/host/system-info.ts';
import { ROUTES } from '../../../src/http/routes/routes.ts';
import { DOCUMENT, OPERATIONS, undocumented } from '../../support/amphora/documented.ts';
import { createTestApp, AMPHORA as ID } from '../../support/http/test-app.ts';

const basePath = mkdtempSync(path.join(tmpdir(), 'openapi-'));
afterAll(() => rmSync(basePath, { recursive: true }));

/** Reads this machine, and has an empty amphora. */
const [files, commands] = [createFiles(), createCommandRunner()];
const harmless = {
  files,
  certificateValidities: createCertificateValidities(files),
  system: createSystemInfo(files, commands),
  network: { traffic: async () => [], links: async () => [], interfacesOf: async () => new Map() },
  diagnostics: { ...createDiagnosticsTools(), machineFacts: async () => ({}) },
};
const host = new Proxy(harmless as unknown as Host, {
  get(target, part) {
    if (part in target) return Reflect.get(target, part);
    throw new Error(`nothing may be done with ${String(part)}`);
  },
});
const app = createTestApp(
  { host },
  `[haproxy_amphora]\nbase_path = ${basePath}\n[amphora_agent]\nagent_member_metrics = True\n`,
);

const METHODS = ['get', 'put', 'post', 'delete'] as const;
const methodOf = (name: string): (typeof METHODS)[number] => METHODS.find((known) => known === name) ?? 'get';

/** Valid and invalid values of path parameters. */
const filled = (template: string, value?: string): string =>
  template.replaceAll(/\{(\w+)\}/g, (_, name: string) => value ?? VALUES[name] ?? 'x.pem');
const VALUES: Readonly<Record<string, string>> = {
  id: ID,
  amphora: ID,
  vip: '10.0.0.1',
  address: '10.0.0.1',
  action: 'reload',
  loadbalancer: ID,
  member: ID,
};

const bodySchema = (method: 'put' | 'post', route: string): z.ZodType => {
  const body = DOCUMENT.paths[route]?.[method]?.requestBody?.content['application/json'];
  if (body === undefined) throw new Error(`${method} ${route} has no JSON body`);
  return z.fromJSONSchema(body.schema);
};

const all = OPERATIONS.map((one) => [`${one.method.toUpperCase()} ${one.path}`, one] as const);

describe('the OpenAPI document', () => {
  it('is served by the API and printed by the command', async () => {
    const served = await request(app).get('/openapi.json');
    expect(served.status).toBe(200);
    expect(served.headers['content-type']).toBe('application/json');
    expect(served.body).toEqual(JSON.parse(openApiText()));
  });

  it("has the agent's own version, as --version prints it", async () => {
    const { version } = JSON.parse(await readFile('package.json', 'utf8'));
    expect(JSON.parse(openApiText()).info.version).toBe(version);
  });

  it('is valid OpenAPI 3.1, and all its references resolve', async () => {
    const { body } = await request(app).get('/openapi.json');
    const validator = new Validator();
    expect(await validator.validate(body)).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
    expect(JSON.stringify(validator.resolveRefs())).not.toContain('"$ref"');
    const broken = { ...body, paths: { '/info': { get: { responses: { 200: {} } } } } };
    expect(await validator.validate(broken)).toMatchObject({ valid: false });
  });

  it('has exactly the routes of both versions and those without a version, with their methods', () => {
    const ofTable = ROUTES.flatMap((route) =>
      (route.versions === 'none' ? [''] : route.versions.map((version) => `/${version}`)).flatMap((prefix) =>
        route.methods.map((method) => `${method} ${prefix}${route.path.replaceAll(/:(\w+)/g, '{$1}')}`),
      ),
    );
    const own = ['GET /', 'GET /openapi.json'];
    expect(all.map(([name]) => name).sort()).toEqual([...own, ...ofTable].sort());
  });

  it('describes every route', () => {
    const summaries = OPERATIONS.map(({ operation }) => operation.summary);
    expect(summaries.filter((summary) => summary.includes('/'))).toEqual([]);
  });

  it('names each operation once, and each parameter of its path', () => {
    const ids = OPERATIONS.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { path: template, operation } of OPERATIONS) {
      const names = [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const inPath = operation.parameters.filter((parameter) => parameter.in === 'path');
      expect(inPath.map(({ name }) => name)).toEqual(names);
    }
  });

  it('has schemas that are valid JSON Schema, and one schema for all failures', () => {
    const contents = OPERATIONS.flatMap(({ operation }) =>
      [operation.requestBody, ...Object.values(operation.responses)].flatMap((part) =>
        part !== undefined && 'content' in part ? Object.values(part.content) : [],
      ),
    );
    expect(contents.length).toBeGreaterThan(OPERATIONS.length);
    for (const { schema } of contents) expect(() => z.fromJSONSchema(schema)).not.toThrow();
    expect(Object.keys(DOCUMENT.components.responses)).toEqual(['failure']);
  });

  const MAC = 'FA:16:3E:00:00:01';
  const SUBNET = { subnet_cidr: '10.0.0.0/24' };
  it.each([
    ['post', '/1.0/plug/vip/{vip}', { ...SUBNET, gateway: null, mac_address: MAC }, { mac_address: 1 }],
    ['put', '/0.5/plug/network', { mac_address: MAC, fixed_ips: null }, { mtu: 67 }],
    ['post', '/1.0/plug/network', { mac_address: MAC, vip_net_info: { vip: '::1' } }, { vip_net_info: {} }],
  ] as const)('requires of %s %s the same as the agent, and no lower-case MAC address', (...of) => {
    const [method, route, good, change] = of;
    const schema = bodySchema(method, route);
    expect(schema.safeParse(good).success).toBe(true);
    expect(schema.safeParse({ ...good, ...change }).success).toBe(false);
  });

  it('defines firewall rules of exactly three keys', () => {
    const schema = bodySchema('put', '/1.0/interface/{address}/rules');
    const rule = { protocol: 'TCP', cidr: null, port: 80 };
    expect(schema.safeParse([rule, { ...rule, cidr: '10.0.0.0/8' }]).success).toBe(true);
    expect(schema.safeParse([{ ...rule, action: 'drop' }]).success).toBe(false);
  });
});

describe('the OpenAPI document contains the answers of the agent to', () => {
  describe.each(all)('%s', (_name, { path: template, method, operation }) => {
    const send = async (target: string, body?: string) => {
      const { status, text, headers } = await request(app)[methodOf(method)](target).send(body);
      return { status, problem: undocumented(method, target, { status, body: text, headers }) };
    };

    it('a valid request, with and without the object', async () => {
      const { status, problem } = await send(filled(template));
      expect(problem).toBeUndefined();
      // this machine is no amphora: it isn't ready
      const expected = template === '/readyz' ? 503 : 200;
      if (method === 'get' && operation.parameters.length === 0) expect(status).toBe(expected);
    });

    it('a request with a wrong path', async () => {
      if (operation.parameters.length === 0 || template === '/upgrade') {
        expect((await send(`${template}?x=%ff`)).problem).toBeUndefined();
        return;
      }
      const { status, problem } = await send(filled(template, '%ff'));
      expect([status, problem]).toEqual([400, undefined]);
      expect((await send(filled(template, 'frob'))).problem).toBeUndefined();
    });

    it('a request with a body that is too large', async () => {
      if (operation.requestBody === undefined) {
        expect(operation.responses).not.toHaveProperty('413');
        return;
      }
      // a bundle may be larger than the memory for bodies: integration/upgrade/reception has its limit
      if (template === '/upgrade') return;
      const { status, problem } = await send(filled(template), 'x'.repeat(16 * 1024 * 1024 + 1));
      expect([status, problem]).toEqual([413, undefined]);
    });
  });
});
