import { parseLoadBalancerModel } from '../../../src/schemas/models/parse.ts';
import { parseVrrpModel } from '../../../src/schemas/models/vrrp.ts';
import { lvsJson, lvsPoolJson, monitorJson, vip4, vrrpJson } from '../keepalived/keepalived-models.ts';
import { vrrpText } from '../keepalived/rendered-keepalived.ts';
import { exampleId, listenerJson, loadBalancerJson, memberJson, POOL, poolJson } from '../models/models.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A document in which one object of a kind has given fields, with the place of that object. */
export interface ObjectDocument {
  readonly json: Fields;
  /** the path of the object in faults, which stands before its fields */
  readonly path: string;
  /** returns the value of the model at a path */
  readonly read: (field: string) => unknown;
}

/** @param container a certificate with its key @param ca PEM */
export function documentWith(object: string, fields: Fields, container: Fields, ca: string): ObjectDocument {
  if (object === 'vrrp' || object === 'vrrpVip' || object === 'hostRoute')
    return vrrpDocument(object, fields);
  const [path, json] = placeOf(object, fields, container, ca);
  return {
    json,
    path: path === '' ? '' : `${path}.`,
    read: (field) => at(parseLoadBalancerModel(json), path === '' ? field : `${path}.${field}`),
  };
}

function placeOf(object: string, fields: Fields, container: Fields, ca: string): [string, Fields] {
  const listener = (own: Fields): Fields =>
    loadBalancerJson({ listeners: [listenerJson(own)], pools: [poolJson()] });
  const pool = (own: Fields): Fields => listener({ default_pool: poolJson(own) });
  const terminated = { protocol: 'TERMINATED_HTTPS', default_tls_container_data: container };
  const asking = { ...terminated, client_authentication: 'OPTIONAL', client_ca_tls_container_data: ca };
  const monitor = { type: 'HTTP', delay: 5, timeout: 4, max_retries: 2, ...fields };
  const persistence = { session_persistence: { type: 'SOURCE_IP', ...fields } };
  const rule = { type: 'PATH', compare_type: 'EQUAL_TO', value: '/a', ...fields };
  const peer = { amphora_id: exampleId(6), vrrp_ip: '10.0.1.11', ...fields };
  const poolPath = 'listeners[0].default_pool';
  const places: Readonly<Record<string, [string, Fields]>> = {
    loadBalancer: ['', loadBalancerJson(fields)],
    vip: ['additional_vips[0]', loadBalancerJson({ additional_vips: [fields] })],
    amphora: ['amphora', loadBalancerJson({ amphora: fields })],
    peer: ['amphora.peers[0]', loadBalancerJson({ amphora: { topology: 'ACTIVE_STANDBY', peers: [peer] } })],
    listener: ['listeners[0]', listener({ default_pool_id: POOL, ...fields })],
    container: [
      'listeners[0].default_tls_container_data',
      listener({ ...terminated, default_tls_container_data: { ...container, ...fields } }),
    ],
    pool: [poolPath, pool(fields)],
    member: [`${poolPath}.members[0]`, pool({ members: [memberJson(fields)] })],
    pingedMember: [
      `${poolPath}.members[0]`,
      pool({
        members: [memberJson(fields)],
        healthmonitor: { type: 'PING', delay: 5, timeout: 4, max_retries: 2 },
      }),
    ],
    monitor: [`${poolPath}.healthmonitor`, pool({ healthmonitor: monitor })],
    persistence: [`${poolPath}.session_persistence`, pool(persistence)],
    policy: ['listeners[0].l7policies[0]', listener({ l7policies: [{ action: 'REJECT', ...fields }] })],
    rule: [
      'listeners[0].l7policies[0].rules[0]',
      listener({ ...asking, l7policies: [{ action: 'REJECT', rules: [rule] }] }),
    ],
    lvsPool: [poolPath, lvsJson(fields)],
    lvsMember: [`${poolPath}.members[0]`, lvsJson({ members: [memberJson(fields)] })],
    lvsMonitor: [`${poolPath}.healthmonitor`, lvsJson({ healthmonitor: monitorJson('HTTP', fields) })],
    lvsPersistence: [`${poolPath}.session_persistence`, lvsJson(lvsPoolJson(persistence))],
  };
  const place = places[object];
  if (place === undefined) throw new Error(`no document with ${object}`);
  return place;
}

function vrrpDocument(object: string, fields: Fields): ObjectDocument {
  const route = { destination: '10.9.0.0/16', nexthop: '10.0.1.7', ...fields };
  const vip = object === 'hostRoute' ? { host_routes: [route] } : fields;
  const json = object === 'vrrp' ? vrrpJson(fields) : vrrpJson({ vips: [vip4(vip)] });
  const paths: Readonly<Record<string, string>> = {
    vrrp: '',
    vrrpVip: 'vips[0].',
    hostRoute: 'vips[0].host_routes[0].',
  };
  return {
    json,
    path: paths[object] ?? '',
    read: () => {
      parseVrrpModel(json);
      return vrrpText(json);
    },
  };
}

/** @param path as in `listeners[0].protocol` */
function at(value: unknown, path: string): unknown {
  return path
    .split(/[.[\]]+/)
    .filter((key) => key !== '')
    .reduce<unknown>((inside, key) => (isObject(inside) ? inside[key] : undefined), value);
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
