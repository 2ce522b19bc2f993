import { ipVersion } from '../../domain/network/addresses.ts';

/** An address where a port may follow: IPv6 in brackets, so that its last group isn't taken for one. */
export const endpointHost = (address: string): string =>
  ipVersion(address) === 6 ? `[${address}]` : address;

export const endpoint = (address: string, port: number): string => `${endpointHost(address)}:${port}`;
