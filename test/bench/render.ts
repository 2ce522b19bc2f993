import { loadBalancerId } from '../../src/domain/ids.ts';
import { createPaths } from '../../src/domain/paths.ts';
import { renderHaproxy } from '../../src/render/haproxy/render-haproxy.ts';
import { parseLoadBalancerModel } from '../../src/schemas/models/parse.ts';
import { exampleId, listenerJson, loadBalancerJson, memberJson, poolJson } from '../support/models/models.ts';
import { renderTemplate as render } from '../support/templates.ts';

const LISTENERS = 100;
const MEMBERS = 20;
const ROUNDS = 20;
const LIMIT_MS = 100;

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

const document = JSON.stringify(
  loadBalancerJson({
    listeners: numbers(LISTENERS).map((listener) =>
      listenerJson({
        listener_id: exampleId(2, listener),
        protocol_port: 8000 + listener,
        insert_headers: { 'X-Forwarded-For': 'true' },
        default_pool: poolJson({
          pool_id: exampleId(3, listener),
          healthmonitor: { type: 'HTTP', delay: 5, timeout: 5, max_retries: 3 },
          session_persistence: { type: 'SOURCE_IP' },
          members: numbers(MEMBERS).map((member) =>
            memberJson({ member_id: exampleId(4, listener * MEMBERS + member) }),
          ),
        }),
      }),
    ),
  }),
);

const paths = createPaths({
  basePath: '/var/lib/octavia',
  baseCertDir: '/var/lib/octavia/certs',
  agentServerNetworkDir: '/etc/octavia/interfaces',
});

interface Cost {
  readonly read: number;
  readonly rendered: number;
}

/** User and system time since then, in ms. */
function spentSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

function round(): Cost {
  const start = process.cpuUsage();
  const model = parseLoadBalancerModel(JSON.parse(document));
  const read = spentSince(start);
  renderHaproxy(render, model, {
    haproxy: paths.loadBalancer(loadBalancerId(model.loadbalancer_id)),
    logSocket: '/run/rsyslog/octavia/log',
    userLogFacility: 0,
    administrativeLogFacility: 1,
    pingCommand: '/var/lib/octavia/ping-wrapper.sh',
  });
  return { read, rendered: spentSince(start) - read };
}

const inWords = ({ read, rendered }: Cost): string =>
  `${read.toFixed(1)} ms to read, ${rendered.toFixed(1)} ms to render`;
const median = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;

const costs = numbers(ROUNDS).map(round);
const [first = { read: 0, rendered: 0 }, ...others] = costs;
const usual = {
  read: median(others.map(({ read }) => read)),
  rendered: median(others.map(({ rendered }) => rendered)),
};
process.stdout.write(`CPU for ${LISTENERS} listeners with ${MEMBERS} members each\n`);
process.stdout.write(
  `in a new process: ${inWords(first)}\nthen, median of ${others.length}: ${inWords(usual)}\n`,
);
process.exitCode = first.rendered < LIMIT_MS && usual.read + usual.rendered < LIMIT_MS ? 0 : 1;
