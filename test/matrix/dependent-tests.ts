/** Files of test/integration that the version of haproxy can make fail: what it prints, does at a reload, and takes. */
export const HAPROXY_TESTS = [
  'api-versions',
  'certificates',
  'dry-run',
  'fault-haproxy',
  'haproxy-crash',
  'heartbeat-count',
  'heartbeat-draining',
  'load-balancer',
  'model-certificates',
  'model-fuzz',
  'model-golden',
  'model-l7',
  'model-listeners',
  'model-member-tls',
  'model-monitors',
  'model-pools',
  'model-tls',
  'models',
  'prometheus-proxy',
  'reloads',
  'rollback',
  'sandbox-texts',
  'second-wall',
] as const;

/** Words for vitest that choose these files and no others. */
export const haproxyTestFiles = (): string[] =>
  HAPROXY_TESTS.map((name) => `test/integration/${name}.test.ts`);
