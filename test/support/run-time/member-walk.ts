/** The backends of a walk, each with what decides whether members change at run time. */
const BACKENDS = {
  'round:l': ['balance roundrobin', 'option httpchk GET /'],
  'least:l': ['balance leastconn'],
  'source:l': ['balance source'],
  'cookie:l': ['balance roundrobin', 'cookie SRV insert indirect nocache'],
  'ping:l': ['balance roundrobin', 'option external-check', 'external-check command /bin/true'],
} as const;
type Backend = keyof typeof BACKENDS;
const NAMES = Object.keys(BACKENDS) as Backend[];

interface WalkMember {
  readonly weight: number;
  readonly isDisabled: boolean;
  readonly variant: number;
}

/** Words of a member besides its address, weight and state. */
const VARIANTS = [
  'check inter 20s fall 3 rise 2',
  '',
  'check inter 20s fall 3 rise 2 port 9',
  'check inter 20s fall 3 rise 2 backup',
  'check inter 20s fall 3 rise 2 addr 127.0.0.2 port 8',
  'ssl verify none sni ssl_fc_sni',
  'check inter 20s fall 3 rise 2 check-ssl verify none send-proxy-v2',
  'maxconn 7',
];
const MEMBERS = 6;
const WEIGHTS = [0, 1, 1, 5, 256];

/** The members of all backends, which change at random. */
export interface MemberWalk {
  /** Changes one to three members, and now and then another line. */
  step(): void;
  text(): string;
}

/** @param random returns numbers from 0 up to 1 @param statsSocket path of haproxy's socket */
export function startMemberWalk(random: () => number, statsSocket: string): MemberWalk {
  const pick = <Value>(values: readonly Value[]): Value =>
    values[Math.floor(random() * values.length)] ?? (values[0] as Value);
  const members = new Map<string, WalkMember>();
  let retries = 3;
  const create = (): WalkMember => ({
    weight: pick(WEIGHTS),
    isDisabled: random() < 0.2,
    variant: Math.floor(random() * VARIANTS.length),
  });
  const changeOne = (): void => {
    const key = `${pick(NAMES)} ${Math.floor(random() * MEMBERS)}`;
    const member = members.get(key);
    const dice = random();
    if (member === undefined) members.set(key, create());
    else if (dice < 0.3) members.delete(key);
    else if (dice < 0.6) members.set(key, { ...member, weight: pick(WEIGHTS) });
    else if (dice < 0.9) members.set(key, { ...member, isDisabled: !member.isDisabled });
    else members.set(key, create());
  };
  for (let count = 0; count < MEMBERS * 2; count += 1) changeOne();
  return {
    step() {
      for (let left = 1 + Math.floor(random() * 3); left > 0; left -= 1) changeOne();
      if (random() < 0.03) retries = 7 - retries;
    },
    text() {
      const backends = NAMES.flatMap((name) => [
        `backend ${name}`,
        '    mode http',
        ...BACKENDS[name].map((line) => `    ${line}`),
        ...[...members]
          .filter(([key]) => key.startsWith(`${name} `))
          .map(([key, member]) => serverLine(name, key.split(' ')[1] ?? '', member)),
      ]);
      return [
        ...['global', `    stats socket ${statsSocket} mode 0666 level user`, '    maxconn 100'],
        ...['    external-check', '    insecure-fork-wanted'],
        ...['defaults', `    retries ${retries}`, '    timeout connect 1s', '    timeout client 5s'],
        ...['    timeout server 5s', 'frontend l', '    mode http', '    bind 127.0.0.1:18099'],
        ...['    default_backend round:l', ...backends, ''],
      ].join('\n');
    },
  };
}

function serverLine(backend: Backend, id: string, { weight, isDisabled, variant }: WalkMember): string {
  // the options of a member stay for its life, so that most changes are possible at run time
  return [
    `    server m${id}v${variant} 127.0.0.1:${9000 + Number(id)} weight ${weight}`,
    VARIANTS[variant] ?? '',
    ...(backend === 'cookie:l' ? [`cookie m${id}`] : []),
    ...(isDisabled ? ['disabled'] : []),
  ]
    .filter((part) => part !== '')
    .join(' ');
}
