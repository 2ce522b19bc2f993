/**
 * Seconds that the longest test files take, as `npm test -- --slowest` prints them. Only the balance of the parts depends on
 * these figures, so they may be old, and a file that is not here still runs.
 */
export const LONG_FILES: Readonly<Record<string, number>> = {
  'test/integration/agent/crash.test.ts': 23,
  'test/integration/faults/fault-haproxy.test.ts': 21,
  'test/integration/haproxy/drain-overruled.test.ts': 28,
  'test/integration/haproxy/load-balancer.test.ts': 23,
  'test/integration/haproxy/rollback.test.ts': 45,
  'test/integration/haproxy/servers-state.test.ts': 27,
  'test/integration/heartbeat/heartbeat-count.test.ts': 17,
  'test/integration/heartbeat/heartbeat-incomplete-answers.test.ts': 11,
  'test/integration/heartbeat/heartbeat.test.ts': 65,
  'test/integration/hostile/hostile-requests.test.ts': 35,
  'test/integration/keepalived/rendered-vrrp.test.ts': 27,
  'test/integration/keepalived/vrrp.test.ts': 20,
  'test/integration/network/boot.test.ts': 55,
  'test/integration/network/dhcp.test.ts': 36,
  'test/integration/network/ifupdown.test.ts': 36,
  'test/integration/network/interface-transitions.test.ts': 48,
  'test/integration/network/vip-firewall.test.ts': 38,
  'test/integration/sandbox/sandbox-command.test.ts': 35,
  'test/systemd/package/package.test.ts': 39,
  'test/systemd/package/reboot.test.ts': 45,
  'test/systemd/package/rpm.test.ts': 25,
  'test/systemd/services/services.test.ts': 34,
  'test/systemd/takeover/apt-takeover.test.ts': 48,
  'test/systemd/takeover/takeover.test.ts': 49,
};
