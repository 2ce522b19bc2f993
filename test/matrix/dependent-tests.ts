/** Files of test/integration that the version of haproxy can make fail: what it prints, does at a reload, and takes. */
export const HAPROXY_TESTS = [
  'agent/api-versions',
  'agent/dry-run',
  'certificates/certificates',
  'certificates/model-certificates',
  'certificates/run-time-certificates',
  'faults/fault-haproxy',
  'haproxy/absent-members',
  'haproxy/direct-reload',
  'haproxy/haproxy-crash',
  'haproxy/load-balancer',
  'haproxy/prometheus-proxy',
  'haproxy/reloads',
  'haproxy/rollback',
  'haproxy/second-wall',
  'haproxy/slow-start',
  'heartbeat/heartbeat-count',
  'heartbeat/heartbeat-incomplete-answers',
  'heartbeat/heartbeat-draining',
  'models/model-fuzz',
  'models/model-golden',
  'models/model-l7',
  'models/model-listeners',
  'models/model-member-tls',
  'models/model-monitors',
  'models/model-pools',
  'models/model-tls',
  'models/models',
  'sandbox/sandbox-texts',
] as const;

/** The arguments for vitest that choose exactly these files. */
export const haproxyTestFiles = (): string[] =>
  HAPROXY_TESTS.map((name) => `test/integration/${name}.test.ts`);
