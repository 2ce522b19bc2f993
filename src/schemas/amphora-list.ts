import * as z from 'zod';
import { InvalidHosts, type ListedAmphora } from '../domain/fleet/hosts-file.ts';

const text = z.string().nullish();
const amphora = z.object({ id: z.string(), loadbalancer_id: text, status: text, lb_network_ip: text });

/** Parses what `openstack loadbalancer amphora list -f json` prints. @throws InvalidHosts whose message is the first fault */
export function parseAmphoraList(json: string): ListedAmphora[] {
  const result = z.array(amphora).safeParse(parsed(json));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const place = issue?.path.join('.') || 'the whole';
  throw new InvalidHosts(
    `it is not a list of amphorae as openstack loadbalancer amphora list -f json prints it: ${place}: ${issue?.message}`,
  );
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new InvalidHosts('it begins as JSON does, and it is not JSON', { cause: error });
  }
}
