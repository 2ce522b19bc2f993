import { randomUUID } from 'node:crypto';
import { haproxyConfigText, type LoadBalancer } from '../../../sandbox/controller/load-balancer.ts';

const FIRST_PORT = 8000;
const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** haproxy.cfg of a load balancer with so many listeners, each with a pool of so many members that nobody monitors. */
export function largeConfig(
  balancer: LoadBalancer,
  { listeners, members }: { readonly listeners: number; readonly members: number },
): string {
  const texts = numbers(listeners).map((index) =>
    haproxyConfigText({
      ...balancer,
      listenerId: randomUUID(),
      poolId: randomUUID(),
      port: listeners === 1 ? balancer.port : FIRST_PORT + index,
      members: numbers(members).map(() => ({ id: randomUUID(), address: '127.0.0.1', port: 1 })),
    }),
  );
  const [head = ''] = texts[0]?.split(/^frontend /m) ?? [];
  const proxies = texts.map((text) => text.slice(text.indexOf('\nfrontend ')));
  return `${head}${proxies.join('')}`.replaceAll(' check inter 1s fall 3 rise 2', '');
}
