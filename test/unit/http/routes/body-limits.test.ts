import { pino } from 'pino';
import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../../src/config/load-config.ts';
import { createPaths } from '../../../../src/domain/paths.ts';
import type { Host } from '../../../../src/host/host.ts';
import { createApp } from '../../../../src/http/app.ts';
import { createObjectQueue } from '../../../../src/operations/object-queue.ts';
import { fixedSettings } from '../../../support/amphora/fixed-settings.ts';

const AMP = '3f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f';
const LB = '5f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f';

/** Every effect fails the test that causes it: these requests must be answered before anything is touched. */
const untouchable = new Proxy({} as Host, {
  get(_target, part) {
    throw new Error(`the request reached the host: ${String(part)}`);
  },
});

const { config } = loadConfig('agent.conf', `[amphora_agent]\namphora_id = ${AMP}\n`);
const app = createApp(
  {
    configFile: '/etc/octavia/amphora-agent.conf',
    config: () => config,
    paths: createPaths(config),
    host: untouchable,
    logger: pino({ level: 'silent' }),
    render: () => '',
    queue: createObjectQueue(),
    own: fixedSettings(config),
  },
  '1.2.3',
);

describe('a body', () => {
  it.each([
    ['a configuration', `/1.0/loadbalancer/${AMP}/${LB}/haproxy`, 16, 'text/plain'],
    ['a model', `/1.0/loadbalancer/${AMP}/${LB}/haproxy`, 8, 'application/json'],
    ['a dry run', `/1.0/loadbalancer/${AMP}/${LB}/haproxy?dry_run=true`, 3, 'text/plain'],
    ["the agent's own configuration", '/1.0/config', 1, 'text/plain'],
    ["the agent's own certificate", '/1.0/certificate', 1, 'text/plain'],
  ])('refuses %s to %s of more than %i MiB with 413', async (_what, path, mebibytes, type) => {
    const response = await request(app)
      .put(path)
      .set('Content-Type', type)
      .send('x'.repeat(mebibytes * 1024 * 1024 + 1));
    expect(response.status).toBe(413);
  });

  it.each([
    ['/1.0/vrrp/upload', '\n'.repeat(200_001), 'body: more than 200000 lines'],
    ['/1.0/config', 'x'.repeat(70_000), 'body: line 1 is longer than 65536 bytes'],
  ])('refuses what is hard to read, to %s', async (path, text, details) => {
    const response = await request(app).put(path).set('Content-Type', 'text/plain').send(text);
    expect([response.status, response.body.details]).toEqual([400, details]);
  });
});
