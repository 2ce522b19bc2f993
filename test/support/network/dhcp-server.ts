import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** dnsmasq as the DHCP server and router of a member network. */
export interface DhcpServer {
  /** its output so far */
  log(): string;
  close(): Promise<void>;
}

/**
 * Hands out 10.95.0.100 to 10.95.0.110 for two minutes with a way to 192.168.7.0/24, and advertises fd95::/64.
 * @param device has 10.95.0.1/24 and fd95::1/64
 */
export async function startDhcpServer(device: string): Promise<DhcpServer> {
  const directory = await mkdtemp(path.join(tmpdir(), 'dhcp-server-'));
  const server = spawn('dnsmasq', [
    ...['--keep-in-foreground', '--log-facility=-', '--log-dhcp', '--conf-file=/dev/null', '--user=root'],
    ...['--port=0', `--interface=${device}`, '--bind-interfaces', '--no-ping', `--pid-file=${directory}/pid`],
    ...[`--dhcp-leasefile=${directory}/leases`, '--dhcp-range=10.95.0.100,10.95.0.110,255.255.255.0,2m'],
    '--dhcp-option=option:router,10.95.0.1',
    '--dhcp-option=option:classless-static-route,192.168.7.0/24,10.95.0.254,0.0.0.0/0,10.95.0.1',
    ...['--enable-ra', '--dhcp-range=fd95::,ra-only,64,2m'],
  ]);
  const ended = once(server, 'exit');
  let seen = '';
  for (const stream of [server.stdout, server.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      seen += chunk;
    });
  }
  await Promise.race([once(server.stderr, 'data'), ended]);
  return {
    log: () => seen,
    async close() {
      server.kill('SIGTERM');
      await ended;
      await rm(directory, { recursive: true });
    },
  };
}
