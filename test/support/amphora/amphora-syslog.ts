import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Amphora } from '../../../sandbox/amphora/amphora.ts';
import { until } from '../../../sandbox/programs/long-running.ts';

const SOCKET_CONFIG = path.resolve(import.meta.dirname, '../../../systemd/rsyslog/49-amphora-socket.conf');
const SOCKETS = ['/run/rsyslog/octavia/log', '/dev/log'];
const RECEIVED = '/run/received';
const PID_FILE = '/run/rsyslogd.pid';

/** A real rsyslogd in the box of an amphora, with the socket of this project. */
export interface AmphoraSyslog {
  start(): Promise<void>;
  /** Ends rsyslogd, which removes its sockets. */
  stop(): Promise<void>;
  signal(name: 'TERM' | 'STOP' | 'CONT'): Promise<void>;
  /** the lines received so far, each as `facility severity program: message` */
  received(): Promise<string>;
  /** Waits for a line that matches. */
  receives(pattern: RegExp): Promise<void>;
}

const LIMIT_MS = 60_000;

export async function createAmphoraSyslog(amphora: Amphora): Promise<AmphoraSyslog> {
  const { box } = amphora;
  await giveOwnDev(amphora);
  const received = (): Promise<string> => readFile(box.file(RECEIVED), 'utf8');
  await writeFile(box.file(RECEIVED), '');
  await writeFile(
    box.file('/etc/rsyslog.conf'),
    [
      'module(load="imuxsock")',
      await readFile(SOCKET_CONFIG, 'utf8'),
      'template(name="plain" type="string" string="%syslogfacility-text% %syslogseverity-text% %programname%:%msg%\\n")',
      `action(type="omfile" file="${RECEIVED}" template="plain")`,
      '',
    ].join('\n'),
  );
  const holds = async (condition: string): Promise<boolean> =>
    (await box.run(['sh', '-c', condition], { okCodes: [0, 1] })).exitCode === 0;
  const signal = async (name: string): Promise<void> => {
    await box.run(['sh', '-c', `kill -${name} $(cat ${PID_FILE})`]);
  };
  return {
    async start() {
      // rsyslogd runs as a daemon: an nsenter above it would be stopped with it, and could not be ended any more
      await box.run(['rsyslogd', '-f', '/etc/rsyslog.conf', '-i', PID_FILE]);
      const listens = SOCKETS.map((socket) => `test -S ${socket}`).join(' && ');
      await until(() => holds(listens), LIMIT_MS, 'the sockets of rsyslogd');
    },
    async stop() {
      await signal('TERM');
      await until(() => holds(`! test -e ${PID_FILE}`), LIMIT_MS, 'the end of rsyslogd');
    },
    signal,
    received,
    async receives(pattern) {
      await until(async () => pattern.test(await received()), LIMIT_MS, `a line that matches ${pattern}`);
    },
  };
}

/** Mounts a private /dev with a few devices: the box would otherwise make its files in the /dev of the host. */
async function giveOwnDev({ box }: Amphora): Promise<void> {
  const devices = ['null', 'zero', 'random', 'urandom', 'tty'];
  const steps = [
    'mkdir -p /run/dev',
    'mount -t tmpfs dev /run/dev',
    ...devices.map((name) => `touch /run/dev/${name} && mount --bind /dev/${name} /run/dev/${name}`),
    'mount --rbind /run/dev /dev',
  ];
  await box.run(['sh', '-ec', steps.join('\n')]);
}
