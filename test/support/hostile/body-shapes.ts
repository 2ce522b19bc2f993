import fc from 'fast-check';
import type { Route } from '../../../src/http/routes/route.ts';
import { haproxyConfig } from '../amphora/amphora-services.ts';
import { oneOf } from './mostly-good.ts';

const deep = (open: string, close: string, depth: number): string => open.repeat(depth) + close.repeat(depth);
const BIG_JSON = [
  deep('[', ']', 100_000),
  deep('{"a":', '}', 50_000).replace('}', '1}'),
  `{"mac_address":"fa:16:3e:00:00:01","vip_net_info":${deep('{"vip":', '}', 1000).replace('}', '1}')}}`,
  `[${'{"protocol":"TCP","cidr":null,"port":80},'.repeat(20_000).slice(0, -1)}]`,
  `{"${'k'.repeat(900_000)}":1}`,
  `[${'1,'.repeat(600_000)}1]`,
];
const ADDRESS = { ip_address: '10.0.1.9', subnet_cidr: '10.0.1.0/24', gateway: '10.0.1.1', host_routes: [] };
const JSON_EXAMPLES: readonly Readonly<Record<string, unknown>>[] = [
  {
    ...ADDRESS,
    mac_address: 'fa:16:3e:00:00:01',
    vrrp_ip: '10.0.1.20',
    mtu: 1450,
    additional_vips: [ADDRESS],
  },
  {
    mac_address: 'fa:16:3e:00:00:01',
    fixed_ips: [ADDRESS],
    mtu: 1450,
    vip_net_info: { ...ADDRESS, vip: '10.0.1.9' },
  },
  { protocol: 'TCP', cidr: '10.0.0.0/8', port: 80 },
];

/** Returns a valid body in which one value is replaced. */
const spoiltJson = fc
  .tuple(fc.constantFrom(...JSON_EXAMPLES), fc.nat(20), fc.jsonValue({ maxDepth: 4 }), fc.boolean())
  .map(([example, at, value, isList]) => {
    const names = [...Object.keys(example), '__proto__', 'toString'];
    const name = names[at % names.length] ?? '';
    const body = `{${[...Object.entries(example), [name, value]].map(([key, item]) => `"${key}":${JSON.stringify(item)}`).join(',')}}`;
    return isList ? `[${body}]` : body;
  });

const jsonBody = fc.oneof(
  { weight: 6, arbitrary: spoiltJson },
  { weight: 3, arbitrary: fc.json({ maxDepth: 10 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...BIG_JSON, '', '{', '\ufeff{}', 'null', '1e999', '"\\ud800"', '{}{}'),
  },
);

const SOCKET = '/var/lib/octavia/hostile.sock';
const CONFIG_LINES = [
  ...['global', 'defaults', 'frontend f', 'backend b', 'peers p', '    bind 10.0.1.100:80', '    bind :::0'],
  ...[
    '    server s 10.0.0.1:80 check',
    '    stats socket /tmp/x',
    '    use_backend %[path]',
    '\u0000',
    '    acl a',
  ],
  ...[
    'vrrp_instance a {',
    '}',
    'virtual_server 1.2.3.4 80 {',
    '    real_server 1.2.3.4 99999 {',
    'net_namespace x',
  ],
  ...[
    '# Configuration for Listener x',
    '[DEFAULT]',
    'debug = maybe',
    '[amphora_agent]',
    'amphora_id = $amphora_id',
  ],
  ...['-----BEGIN CERTIFICATE-----', '-----END CERTIFICATE-----', '-----BEGIN PRIVATE KEY-----', 'AAAA', '%'],
];
const configText = fc.oneof(
  { weight: 2, arbitrary: fc.constant(haproxyConfig(SOCKET, 'hostile', [8190])) },
  {
    weight: 6,
    arbitrary: fc
      .array(oneOf(CONFIG_LINES, fc.string({ unit: 'binary' })), { maxLength: 30 })
      .map((l) => l.join('\n')),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', '\n', '\u0000'.repeat(1000), 'x'.repeat(300_000), '{{ 7*7 }}${x}'),
  },
);
const binary = fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes));
const asBytes = (texts: fc.Arbitrary<string>): fc.Arbitrary<Buffer> => texts.map((text) => Buffer.from(text));

/** Makes bodies for a route, mostly as the OpenAPI document describes them, with a fault. */
export function hostileBody(route: Route): fc.Arbitrary<Buffer> {
  const body = route.document.body?.content;
  const rest = fc.oneof(binary, asBytes(jsonBody), asBytes(configText));
  if (body === undefined)
    return fc.oneof({ weight: 3, arbitrary: fc.constant(Buffer.alloc(0)) }, { weight: 1, arbitrary: rest });
  const wanted = asBytes(body === 'text' ? configText : jsonBody);
  return fc.oneof({ weight: 4, arbitrary: wanted }, { weight: 1, arbitrary: rest });
}
