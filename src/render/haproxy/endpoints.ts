import { ipVersion } from '../../domain/network/addresses.ts';

/** Returns an address in front of a port. IPv6 stands in brackets, so that its last group isn't read as a port. */
export const endpointHost = (address: string): string =>
  ipVersion(address) === 6 ? `[${address}]` : address;

export const endpoint = (address: string, port: number): string => `${endpointHost(address)}:${port}`;
