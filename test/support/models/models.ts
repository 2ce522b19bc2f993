/** UUIDs of the example models: the first letter stands for the kind of the object. */
export const exampleId = (kind: number, index = 0): string =>
  `${kind}0000000-0000-4000-8000-${String(index).padStart(12, '0')}`;

export const LOAD_BALANCER = exampleId(1);
export const LISTENER = exampleId(2);
export const POOL = exampleId(3);
export const MEMBER = exampleId(4);

type Fields = Readonly<Record<string, unknown>>;

export const memberJson = (fields: Fields = {}): Fields => ({
  member_id: MEMBER,
  address: '10.0.5.11',
  protocol_port: 8080,
  ...fields,
});

export const poolJson = (fields: Fields = {}): Fields => ({
  pool_id: POOL,
  protocol: 'HTTP',
  lb_algorithm: 'ROUND_ROBIN',
  members: [memberJson()],
  ...fields,
});

/** A low connection limit: users without root have too few file descriptors for Octavia's 50000. */
export const listenerJson = (fields: Fields = {}): Fields => ({
  listener_id: LISTENER,
  protocol: 'HTTP',
  protocol_port: 80,
  connection_limit: 100,
  default_pool: poolJson(),
  ...fields,
});

export const loadBalancerJson = (fields: Fields = {}): Fields => ({
  loadbalancer_id: LOAD_BALANCER,
  project_id: 'a3f1c2d4e5b64f7a8c9d0e1f2a3b4c5d',
  vip_address: '10.0.1.100',
  listeners: [listenerJson()],
  ...fields,
});
