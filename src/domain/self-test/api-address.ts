import { endpoint } from '../network/endpoints.ts';
import { type Finding, ok } from './finding.ts';

/**
 * What a trial found at the API's address. `accepts`: the agent runs and accepts connections. `deaf`: it runs and accepts
 * none. `free`: it does not run and could listen. `in use`: it does not run, and another process has the port.
 */
export type ApiAddressState = 'accepts' | 'deaf' | 'free' | 'in use' | { readonly failure: string };

/** @param host value of bind_host, which an interface has */
export function judgeApiAddress(host: string, port: number, state: ApiAddressState): Finding {
  const subject = 'bind_port';
  const place = endpoint(host, port);
  if (state === 'accepts') return ok(subject, `the agent accepts connections at ${place}`);
  if (state === 'free') return ok(subject, `the agent does not run, and could listen at ${place}`);
  const broken = { state: 'broken', subject } as const;
  if (state === 'deaf') {
    const message = `the agent runs, but accepts no connections at ${place}`;
    return {
      ...broken,
      message,
      remedy: 'journalctl -u amphora-agent, then systemctl restart amphora-agent',
    };
  }
  if (state === 'in use') {
    const message = `another process listens at ${place}: the agent cannot start`;
    return { ...broken, message, remedy: `ss -lntp 'sport = :${port}', then stop that process` };
  }
  const message = `nothing can listen at ${place} (${state.failure})`;
  return { ...broken, message, remedy: 'correct bind_host and bind_port in [haproxy_amphora]' };
}
