import { z } from 'zod';
import { loadBalancerDocument } from '../../../src/schemas/models/parse.ts';
import { vrrpDocument } from '../../../src/schemas/models/vrrp.ts';

/** The names in the decisions for the objects that a field contains. */
const OBJECTS: Readonly<Record<string, string>> = {
  amphora: 'amphora',
  peers: 'peer',
  additional_vips: 'vip',
  listeners: 'listener',
  default_pool: 'pool',
  redirect_pool: 'pool',
  pools: 'pool',
  l7policies: 'policy',
  rules: 'rule',
  members: 'member',
  healthmonitor: 'monitor',
  session_persistence: 'persistence',
  default_tls_container_data: 'container',
  sni_container_data: 'container',
  tls_container_data: 'container',
  vips: 'vrrpVip',
  host_routes: 'hostRoute',
};

/** Returns every field of every object of the models, as OBJECT.FIELD. */
export function schemaFields(): Set<string> {
  const fields = new Set<string>();
  collect(z.toJSONSchema(loadBalancerDocument, { io: 'input' }), 'loadBalancer', fields);
  collect(z.toJSONSchema(vrrpDocument, { io: 'input' }), 'vrrp', fields);
  return fields;
}

function collect(schema: unknown, object: string, fields: Set<string>): void {
  if (Array.isArray(schema)) for (const one of schema) collect(one, object, fields);
  if (!isObject(schema)) return;
  const { properties } = schema;
  if (isObject(properties)) {
    for (const [name, inner] of Object.entries(properties)) {
      fields.add(`${object}.${name}`);
      collect(inner, OBJECTS[name] ?? `${object}.${name}`, fields);
    }
  }
  for (const key of ['anyOf', 'allOf', 'oneOf', 'items']) collect(schema[key], object, fields);
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
