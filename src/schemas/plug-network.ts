import * as z from 'zod';
import type { PlugNetworkRequest, PlugVipRequest } from '../domain/network/plug-request.ts';
import { InvalidInput } from '../errors.ts';
import { parseUntilFault } from './models/first-fault.ts';
import {
  firstProblem,
  isSriov,
  macAddress,
  mtu,
  parsePlugVip,
  readSubnetAddress,
  subnetAddresses,
} from './plug.ts';

export const plugNetworkBody = z.object({
  mac_address: macAddress,
  fixed_ips: subnetAddresses,
  mtu,
  is_sriov: isSriov,
  vip_net_info: z
    .looseObject({ vip: z.string() })
    .nullish()
    .transform((info) => info ?? undefined),
});
type RawPlugNetwork = z.infer<typeof plugNetworkBody>;

/**
 * Parses a plug/network request and converts every address to its canonical form. Unknown keys are ignored.
 * @param body the parsed JSON body; undefined when it was no JSON
 * @throws InvalidInput 'port-information' for the body's shape, 'network-port' for a wrong address or subnet
 */
export function parsePlugNetwork(body: unknown): PlugNetworkRequest {
  const parsed = parseUntilFault(plugNetworkBody, body);
  if (!parsed.success) throw new InvalidInput('port-information', firstProblem(parsed.error));
  const raw = parsed.data;
  return {
    macAddress: raw.mac_address,
    mtu: raw.mtu,
    isSriov: raw.is_sriov,
    fixedIps: raw.fixed_ips.map((entry) => readSubnetAddress(entry, 'network-port', 'network-port')),
    vip: raw.vip_net_info === undefined ? undefined : readVip(raw.vip_net_info, raw),
  };
}

/** Reads vip_net_info as a plug/vip request for the same port: the other fields of the body apply to it, too. */
function readVip(info: { vip: string; [key: string]: unknown }, raw: RawPlugNetwork): PlugVipRequest {
  const { mac_address, fixed_ips, is_sriov } = raw;
  const body = { ...info, mac_address, fixed_ips, ...(raw.mtu === undefined ? {} : { mtu: raw.mtu }) };
  try {
    return parsePlugVip(info.vip, is_sriov ? { ...body, is_sriov } : body);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    const subject = error.subject === 'subnet-information' ? 'port-information' : 'network-port';
    throw new InvalidInput(subject, `vip_net_info: ${error.message}`);
  }
}
