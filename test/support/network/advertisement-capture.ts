import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'vitest';

const CAPTURE_FILTER = 'arp or (icmp6 and ip6[40] == 136)';

/** The advertisements of addresses that a neighbour receives. */
export interface Capture {
  /** Waits until the output contains a text. @returns the output so far */
  until(text: string): Promise<string>;
  /** drops the output so far */
  forget(): void;
  stop(): Promise<void>;
}

/** Captures gratuitous ARP and neighbour advertisements on a device, with tcpdump. */
export async function captureAdvertisements(device: string): Promise<Capture> {
  const tcpdump: ChildProcess = spawn('tcpdump', ['-l', '-n', '-e', '-v', '-i', device, CAPTURE_FILTER]);
  const ended = once(tcpdump, 'exit');
  let seen = '';
  tcpdump.stdout?.on('data', (chunk: Buffer) => {
    seen += chunk;
  });
  if (tcpdump.stderr === null) throw new Error('tcpdump has no standard error');
  await once(tcpdump.stderr, 'data');
  return {
    until: (text) =>
      expect
        .poll(() => seen, { interval: 20 })
        .toContain(text)
        .then(() => seen),
    forget() {
      seen = '';
    },
    async stop() {
      tcpdump.kill('SIGTERM');
      await ended;
    },
  };
}

/** Returns the output of tcpdump for a gratuitous ARP. */
export const gratuitousArp = (address: string): string =>
  `Request who-has ${address} (ff:ff:ff:ff:ff:ff) tell ${address}, length 28`;

/** Returns the output of tcpdump for an unsolicited neighbour advertisement with the override flag. */
export const overridingAdvertisement = (address: string): string => `tgt is ${address}, Flags [override]`;
