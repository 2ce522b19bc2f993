import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { AMPHORA as AMP, createTestApp } from '../../support/http/test-app.ts';

const LB = '5f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f';

const app = createTestApp();

const NOT_FOUND = {
  error:
    '404 Not Found: The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.',
  http_code: 404,
};

describe('the discovery of API versions', () => {
  it.each(['/', '//', '/?x=1', '//?x=//'])('answers GET %s with 21 bytes of compact JSON', async (path) => {
    const response = await request(app).get(path);
    expect(response.status).toBe(200);
    expect(response.text).toBe('{"api_version":"1.0"}');
    expect(response.headers).toMatchObject({ 'content-type': 'application/json', 'content-length': '21' });
  });

  it('exposes no header about the server software', async () => {
    const { headers } = await request(app).get('/');
    expect(headers).not.toHaveProperty('x-powered-by');
    expect(headers).not.toHaveProperty('etag');
  });

  it('answers HEAD like GET, without the body', async () => {
    const response = await request(app).head('/');
    expect(response.status).toBe(200);
    expect(response.headers['content-length']).toBe('21');
  });
});

describe('a request with an unknown path or method', () => {
  it.each(['/nothing', '/1.0', '/1.0/', '/1.0/info/', '/2.0/info', '/INFO', '/0.5'])(
    "GET %s gets the 404 of Octavia's web framework",
    async (path) => {
      const response = await request(app).get(path);
      expect(response.status).toBe(404);
      expect(response.headers['content-type']).toBe('application/json');
      expect(response.body).toEqual(NOT_FOUND);
    },
  );

  it.each([
    ['DELETE', '/'],
    ['POST', '/1.0/info'],
    ['DELETE', '/1.0/vrrp/upload'],
    ['GET', '/1.0/vrrp/start'],
    ['PATCH', '/0.5/listeners'],
  ] as const)("%s %s gets the 405 of Octavia's web framework", async (method, path) => {
    const response = await request(app)[method.toLowerCase() as 'get'](path);
    expect(response.status).toBe(405);
    expect(response.body).toEqual({
      error: '405 Method Not Allowed: The method is not allowed for the requested URL.',
      http_code: 405,
    });
  });

  it('OPTIONS gets the allowed methods', async () => {
    const response = await request(app).options('/1.0/plug/vip/10.0.0.1');
    expect(response.status).toBe(200);
    expect(response.headers['allow']).toBe('POST, PUT, OPTIONS');
    expect(response.text).toBe('');
  });
});

describe('a request with a bad id or action', () => {
  it.each([
    ['GET', '/1.0/loadbalancer/abc/haproxy'],
    ['GET', '/1.0/loadbalancer/../haproxy'],
    ['GET', '/1.0/loadbalancer/%2e%2e/haproxy'],
    ['GET', '/1.0/loadbalancer/..%2f..%2fetc/haproxy'],
    ['GET', `/1.0/loadbalancer/${LB}%00/haproxy`],
    ['GET', `/1.0/loadbalancer/${LB}%0a/haproxy`],
    ['GET', `/1.0/loadbalancer/${'x'.repeat(2000)}/haproxy`],
    ['PUT', `/1.0/loadbalancer/x/${LB}/haproxy`],
    ['PUT', `/1.0/loadbalancer/${AMP}/x/haproxy`],
    ['PUT', '/1.0/loadbalancer/x/start'],
    ['DELETE', '/1.0/listeners/..%2fvrrp'],
    ['GET', '/0.5/listeners/x'],
    ['GET', '/0.5/listeners/%2e%2e/haproxy'],
    ['PUT', '/listeners/x/start'],
  ] as const)('%s %s gets 400 and reaches no host', async (method, path) => {
    const response = await request(app)[method.toLowerCase() as 'get'](path);
    expect(response.status).toBe(400);
    expect(response.body.message).toBe('Invalid request');
    expect(response.body.details).toContain('is not a UUID');
  });

  it('with the name of another route as action gets the error of an unknown action', async () => {
    const response = await request(app).put(`/1.0/loadbalancer/${LB}/haproxy`);
    expect(response.status).toBe(400);
    expect(response.body).toEqual({ message: 'Invalid Request', details: 'Unknown action: haproxy' });
  });

  it.each([
    `/1.0/loadbalancer/${LB}/frob`,
    `/loadbalancer/${LB}/FROB`,
    `/0.5/listeners/${LB}/frob`,
    '/1.0/vrrp/frob',
  ])('PUT %s gets the name of the unknown action, whether the object exists or not', async (path) => {
    const response = await request(app).put(path);
    expect(response.status).toBe(400);
    expect(response.body).toEqual({ message: 'Invalid Request', details: 'Unknown action: frob' });
  });

  it.each(['/1.0/loadbalancer/%/haproxy', '/1.0/loadbalancer/%ff/haproxy', '/1.0/interface/%c3%28'])(
    "GET %s, which is not UTF-8, gets the 400 of Octavia's web framework",
    async (path) => {
      const response = await request(app).get(path);
      expect(response.status).toBe(400);
      expect(response.body.http_code).toBe(400);
    },
  );
});

describe('POST plug/vip', () => {
  const body = { subnet_cidr: '10.1.0.0/24', gateway: '10.1.0.1', mac_address: 'fa:16:3e:00:00:01' };

  it.each([
    ['not JSON', '{'],
    ['a list', '[]'],
    ['a text', '"x"'],
    ['null', 'null'],
    ['an object without a gateway', '{"subnet_cidr":"10.1.0.0/24","mac_address":"fa:16:3e:00:00:01"}'],
    ['nothing', ''],
  ])('refuses %s as invalid subnet information', async (_what, text) => {
    const response = await request(app).post('/1.0/plug/vip/10.1.0.10').type('json').send(text);
    expect(response.status).toBe(400);
    expect(response.body).toMatchObject({
      error: '400 Bad Request: Invalid subnet information',
      http_code: 400,
    });
  });

  it.each([
    ['x', body, "Invalid VIP: 'x' does not appear to be an IPv4 or IPv6 address"],
    ['10.1.0.10', { ...body, subnet_cidr: '10.1.0.5/24' }, 'Invalid VIP: 10.1.0.5/24 has host bits set'],
  ])('names a bad VIP %s with the message that controllers know', async (vip, sent, message) => {
    const response = await request(app).post(`/1.0/plug/vip/${vip}`).send(sent);
    expect(response.status).toBe(400);
    expect(response.body).toEqual({ message });
  });

  it.each([
    ['x', body],
    ['10.1.0.10', { ...body, subnet_cidr: '10.1.0.5/24' }],
    ['fd00::10', body],
  ])('reports a bad VIP %s in API 0.5 with a short message, as Rocky does', async (vip, sent) => {
    const response = await request(app).post(`/0.5/plug/vip/${vip}`).send(sent);
    expect(response.status).toBe(400);
    expect(response.body).toEqual({ message: 'Invalid VIP' });
  });

  it('names a bad VRRP address with the message that controllers know', async () => {
    const response = await request(app)
      .put('/plug/vip/10.1.0.10')
      .send({ ...body, vrrp_ip: '10.1.0.300' });
    expect(response.status).toBe(400);
    expect(response.body.message).toMatch(/^Invalid VRRP Address: '10\.1\.0\.300' does not appear/);
  });

  it('refuses a JSON body of more than 1 MiB with 413', async () => {
    const response = await request(app)
      .post('/1.0/plug/vip/10.1.0.10')
      .send({ ...body, filler: 'x'.repeat(1024 * 1024) });
    expect(response.status).toBe(413);
    expect(response.body.http_code).toBe(413);
  });
});

describe('GET interface/IP', () => {
  it.each(['x', '10.0.0', '10.0.0.1%2f24', '1.2.3.4.5'])(
    'refuses %s as an invalid address',
    async (address) => {
      const response = await request(app).get(`/1.0/interface/${address}`);
      expect(response.status).toBe(400);
      expect(response.body).toEqual({ message: 'Invalid IP address' });
    },
  );
});

describe('PUT vrrp/upload', () => {
  it('refuses an empty configuration, which would stop the heartbeats', async () => {
    const response = await request(app).put('/1.0/vrrp/upload').send('');
    expect(response.status).toBe(400);
    expect(response.body.details).toContain('empty');
  });
});

describe('certificates of load balancers', () => {
  const names = ['x', 'x.pem.key', 'x.crt', '.pem', '..pem', '.x.pem', '-x.pem', 'x.pem%0a', '%00.pem'];
  const tricks = ['..%2fx.pem', '%2fetc%2fx.pem', 'x%5cy.pem', 'x.PEM', 'x y.pem', `${'x'.repeat(252)}.pem`];

  it.each([...names, ...tricks])('cannot have the name %s in any request', async (name) => {
    for (const method of ['put', 'get', 'delete'] as const) {
      for (const path of [`/1.0/loadbalancer/${LB}`, `/0.5/listeners/${LB}`, `/loadbalancer/${LB}`]) {
        const response = await request(app)[method](`${path}/certificates/${name}`);
        expect(response.status).toBe(400);
        expect(response.text).toBe('{"message":"Filename has wrong format"}');
      }
    }
  });

  it.each(['/1.0/loadbalancer/x', '/0.5/listeners/x', '/listeners/..%2fvrrp'])(
    'need a UUID as load balancer, not %s',
    async (owner) => {
      const response = await request(app).put(`${owner}/certificates/x.pem`).send('x');
      expect(response.status).toBe(400);
      expect(response.body.details).toContain('is not a UUID');
    },
  );

  it('have a path of their own beside the upload of haproxy.cfg', async () => {
    const response = await request(app).put(`/1.0/loadbalancer/${LB}/certificates/haproxy`).send('x');
    expect(response.text).toBe('{"message":"Filename has wrong format"}');
  });
});

describe("the agent's own settings", () => {
  it.each(['', 'garbage', '-----BEGIN CERTIFICATE-----\nAAAA'])(
    'PUT certificate refuses %j and reaches no host',
    async (body) => {
      for (const path of ['/1.0/certificate', '/0.5/certificate', '/certificate']) {
        const response = await request(app).put(path).send(body);
        expect(response.status).toBe(400);
        expect(response.body).toMatchObject({
          message: 'Invalid request',
          details: expect.stringMatching(
            /^certificate: (it contains no private key|a PEM block has no END line)$/,
          ),
        });
      }
    },
  );

  it.each([
    ['', '[amphora_agent] amphora_id: is missing'],
    ['garbage', 'line 1'],
    [
      `[amphora_agent]\namphora_id = ${AMP}\n[health_manager]\nheartbeat_interval = 0\n`,
      '[health_manager] heartbeat_interval',
    ],
  ])('PUT config refuses %j and reaches no host', async (body, reason) => {
    const response = await request(app).put('/1.0/config').send(body);
    expect(response.status).toBe(500);
    expect(response.body).toEqual({
      message: 'Unable to update amphora-agent configuration.',
      details: expect.stringContaining(reason),
    });
  });

  it('have no config in API 0.5', async () => {
    expect((await request(app).put('/0.5/config').send('x')).status).toBe(404);
  });
});
