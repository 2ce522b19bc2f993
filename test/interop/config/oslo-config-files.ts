import fc from 'fast-check';
import { OPTION_KEYS, OPTIONS, type OptionKey } from '../../../src/config/options.ts';

/** Options that Octavia 11.0.0 has too; the others are our own. */
export const SHARED: readonly OptionKey[] = OPTION_KEYS.filter(
  (key) =>
    ![
      'haproxyHardStopAfter',
      'haproxyTlsCacheLimit',
      'runtimeChanges',
      'agentMonitorCa',
      'agentMemberMetrics',
      'serviceManager',
      'interfaceFileFormat',
      'heartbeatVersion',
      'agentClientCrl',
      'rejectUnsafeConfig',
      'drift',
      'driftInterval',
      'upgradePublicKey',
      'upgradeDeadline',
    ].includes(key),
);

/** Options that our agent finds in a second section too, unlike oslo.config. */
export const LOG_FACILITIES: ReadonlySet<OptionKey> = new Set([
  'userLogFacility',
  'administrativeLogFacility',
]);

/** Without a group these mean something else there: [health_manager] has a bind_port of its own. */
const FULL_ONLY: ReadonlySet<OptionKey> = new Set([...LOG_FACILITIES, 'bindPort']);

const SECTIONS = ['DEFAULT', 'haproxy_amphora', 'health_manager', 'amphora_agent', 'controller_worker'];
const NOISE = '"|\'|$|$$|\\|{|}|=|:|#|;|,| |\t|a|1|[|]|/|.|_|-|\x1c|\u00a0|ä|\ufeff'.split('|');
const WORDS = [
  ...[
    'true',
    'False',
    'YES',
    'off',
    '1',
    '0',
    '2',
    '007',
    '+3',
    '-1',
    '1_0',
    '1__0',
    '65535',
    '65536',
    '0x1',
    ' 4 ',
  ],
  ...[
    '::',
    '0.0.0.0',
    '::1',
    '192.0.2.1',
    '1.2.3',
    '01.2.3.4',
    'FE80::1',
    '::ffff:1.2.3.4',
    'fe80::1%lo',
    'host',
  ],
  ...[
    'TLSv1.2',
    'TLSv1.3',
    'SSLv3',
    'tlsv1',
    'SINGLE',
    'ACTIVE_STANDBY',
    'single',
    'LOG_LOCAL0',
    '/etc/x',
    '',
  ],
  ...['192.0.2.1:1,[::1]:2', 'a,b', ',a', 'a,,b', 'a,', ',,', ' , ,'],
];

const joined = (...parts: readonly fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
  fc.tuple(...parts).map((texts) => texts.join(''));

/** References that both resolve to the same text: no list or secret, which ours refuses, and no option with another default. */
const reference = fc
  .record({
    key: fc.constantFrom(
      ...SHARED.filter((key) => !['controllers', 'heartbeatKey', 'agentServerNetworkDir'].includes(key)),
    ),
    isFull: fc.boolean(),
    isBraced: fc.boolean(),
  })
  .map(({ key, isFull, isBraced }) => {
    const { name, sections } = OPTIONS[key];
    const target = isFull || FULL_ONLY.has(key) ? `${sections[0]}.${name}` : name;
    return isBraced ? `\${${target}}` : `$${target}`;
  });
const noise = fc.array(fc.constantFrom(...NOISE), { maxLength: 6 }).map((pieces) => pieces.join(''));
const value = fc
  .record({
    quote: fc.constantFrom('', '', '', '"', "'"),
    inner: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...WORDS) },
      { weight: 2, arbitrary: noise },
      reference,
      joined(noise, reference, noise),
    ),
  })
  .map(({ quote, inner }) => quote + inner + quote);

const blanks = fc.constantFrom('', ' ', '  ', '\t', ' \t', '\u00a0');
const divider = fc.constantFrom('=', '=', ':');

function assignment(section: string): fc.Arbitrary<string> {
  const known = SHARED.filter((key) => OPTIONS[key].sections[0].toLowerCase() === section.toLowerCase());
  const name = fc.constantFrom(...known.map((key) => OPTIONS[key].name), 'unknown', 'Debug');
  return joined(name, blanks, divider, blanks, value);
}

const oddLine = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom('', '   ', '\t', '# c', ';c = d', '#', '[health_manager]', '[x]  '),
  },
  { weight: 2, arbitrary: noise.map((text) => ` ${text}`) },
  { weight: 1, arbitrary: noise },
);
const sectionName = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...SECTIONS) },
  fc.constantFrom('Haproxy_Amphora', 'HEALTH_MANAGER', 'default', ' DEFAULT', 'other', ' ', 'a]b', '[x', 'Ä'),
);
const block = sectionName.chain((section) => {
  const line = fc.oneof({ weight: 9, arbitrary: assignment(section) }, { weight: 1, arbitrary: oddLine });
  return fc.array(line, { maxLength: 5 }).map((lines) => [`[${section}]`, ...lines]);
});

/** Makes files that are mostly well-formed, with every oddity of the format now and then. */
export const configurationFile: fc.Arbitrary<string> = fc
  .tuple(fc.array(block, { maxLength: 5 }), fc.constantFrom('\n', '\n', '\n', '\r\n', '\r'))
  .map(([blocks, lineEnd]) => blocks.flat().join(lineEnd));
