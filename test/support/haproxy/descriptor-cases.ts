/** The sections of a configuration, each with one or several lines. */
export interface DescriptorParts {
  readonly global: string;
  readonly defaults?: string;
  readonly frontend?: string;
  readonly backend?: string;
  /** sections behind all others */
  readonly more?: string;
}

export interface DescriptorCase {
  readonly what: string;
  readonly parts: DescriptorParts;
  /** haproxy 2.6 and 3.0 need 14 to 80 more, and one more for each checked member */
  readonly atLeast: number;
}

const SPLICE = 'option splice-request\n    option splice-response';
const NO_SPLICE = 'no option splice-request\n    no option splice-response';

export const DESCRIPTOR_CASES: readonly DescriptorCase[] = [
  { what: 'two a connection', parts: { global: 'maxconn 50000' }, atLeast: 100_000 },
  {
    what: 'two a pipe where connections are spliced, as Octavia has it',
    parts: {
      global: 'maxconn 50000',
      defaults: SPLICE,
      frontend: 'maxconn 50000',
      backend: 'fullconn 50000',
    },
    atLeast: 125_000,
  },
  {
    what: 'pipes for the connections of the proxies alone',
    parts: { global: 'maxconn 50000', defaults: SPLICE, frontend: 'maxconn 100', backend: 'fullconn 100' },
    atLeast: 100_050,
  },
  {
    what: 'a proxy without a limit has that of all',
    parts: { global: 'maxconn 50000', defaults: SPLICE, frontend: 'maxconn 100' },
    atLeast: 125_000,
  },
  {
    what: 'one proxy that splices',
    parts: { global: 'maxconn 50000', frontend: 'maxconn 50000\n    option splice-auto' },
    atLeast: 125_000,
  },
  {
    what: 'splicing taken back',
    parts: { global: 'maxconn 50000', defaults: SPLICE, frontend: NO_SPLICE, backend: NO_SPLICE },
    atLeast: 100_000,
  },
  {
    what: 'a number of pipes',
    parts: { global: 'maxconn 50000\n    maxpipes 40000', defaults: SPLICE },
    atLeast: 180_000,
  },
  {
    what: 'two listeners',
    parts: {
      global: 'maxconn 80000',
      defaults: SPLICE,
      frontend: 'maxconn 50000',
      more: 'frontend g\n    maxconn 30000\n    bind 127.0.0.1:18444\n    default_backend b',
    },
    atLeast: 200_000,
  },
  {
    what: 'defaults with a name',
    parts: {
      global: 'maxconn 50000',
      frontend: 'maxconn 50000',
      more: `defaults spliced\n    mode tcp\n    timeout client 1s\n    ${SPLICE}\nfrontend g from spliced\n    maxconn 1000\n    bind 127.0.0.1:18444`,
    },
    atLeast: 100_500,
  },
  { what: 'the first limit counts', parts: { global: 'maxconn 50000\n    maxconn 60000' }, atLeast: 100_000 },
  {
    what: 'the first number of pipes counts',
    parts: { global: 'maxconn 50000\n    maxpipes 40000\n    maxpipes 30000' },
    atLeast: 180_000,
  },
  {
    what: 'the first limit by name counts',
    parts: { global: 'maxconn 20000\n    ulimit-n 60000\n    ulimit-n 70000' },
    atLeast: 60_000,
  },
  {
    what: 'the last limit of a proxy counts',
    parts: {
      global: 'maxconn 50000',
      defaults: SPLICE,
      frontend: 'maxconn 100\n    maxconn 200',
      backend: 'fullconn 100\n    fullconn 400',
    },
    atLeast: 100_200,
  },
  { what: 'a limit by name', parts: { global: 'maxconn 20000\n    ulimit-n 60000' }, atLeast: 60_000 },
];

export const descriptorConfig = ({ global, defaults, frontend, backend, more }: DescriptorParts): string =>
  `global
    ${global}
defaults
    mode http
    timeout client 5s
    timeout server 5s
    timeout connect 5s
    ${defaults ?? ''}
frontend f
    ${frontend ?? ''}
    bind 127.0.0.1:18443
    default_backend b
backend b
    ${backend ?? ''}
    server s 127.0.0.1:1
${more ?? ''}
`;
