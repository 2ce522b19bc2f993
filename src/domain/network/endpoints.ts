/** Returns an address or a name in front of a port. IPv6 stands in brackets, so that its last group isn't read as a port. */
export const endpointHost = (host: string): string => (host.includes(':') ? `[${host}]` : host);

export const endpoint = (host: string, port: number | string): string => `${endpointHost(host)}:${port}`;
