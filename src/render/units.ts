import type { HaproxyId, ListenerId } from '../domain/ids.ts';
import { AMPHORA_NAMESPACE, NAMESPACE_MAKER, type Paths, PLUGGED_INTERFACES } from '../domain/paths.ts';
import type { Program } from '../domain/program.ts';
import { searchPath } from '../domain/search-path.ts';
import {
  HAPROXY_OPEN_FILES,
  haproxyFacts,
  keepalivedFacts,
  keepalivedLvsFacts,
  namespaceFacts,
  type ServiceDefinition,
  type SupervisedProcess,
} from '../domain/service-definitions.ts';
import { startPause } from '../domain/start-pause.ts';
import type { RenderTemplate } from './templates.ts';

/** The data from which service definitions are made. */
export interface UnitContext {
  readonly config: () => {
    readonly haproxyCmd: string;
    readonly administrativeLogFacility: number;
  };
  readonly paths: Paths;
  readonly render: RenderTemplate;
  /** absolute path of the agent's configuration */
  readonly configFile: string;
}

/**
 * Returns the service of one load balancer's haproxy.
 * @param haproxy.peer haproxy's own name in the peers section
 */
export function haproxyDefinition(
  { config, paths, render }: Omit<UnitContext, 'configFile'>,
  haproxy: { readonly id: HaproxyId; readonly peer: string },
): ServiceDefinition {
  const { haproxyCmd } = config();
  const facts = haproxyFacts({ haproxyCmd, paths, ...haproxy });
  const { pause, mark, unmark } = startPause(facts.name);
  const unit = render('haproxy.service.njk', {
    id: facts.id,
    namespace: AMPHORA_NAMESPACE,
    certificates: quoted(percent(facts.certificates)),
    pause: commandLine(pause),
    mark: commandLine(mark),
    unmark: commandLine(unmark),
    check: commandLine(facts.check),
    start: commandLine(facts.start),
    pidFile: percent(facts.pidFile),
    openFiles: HAPROXY_OPEN_FILES,
  });
  return { name: facts.name, unit, supervised: facts.supervised };
}

/** Returns the service of keepalived for VRRP. */
export function keepalivedDefinition({
  config,
  paths,
  render,
}: Omit<UnitContext, 'configFile'>): ServiceDefinition {
  const facts = keepalivedFacts(paths, config().administrativeLogFacility);
  const unit = render('keepalived.service.njk', {
    namespace: AMPHORA_NAMESPACE,
    environment: keepalivedEnvironment(paths, facts.supervised),
    start: commandLine(facts.start),
    pidFile: percent(facts.pidFile),
  });
  return { name: facts.name, unit, supervised: facts.supervised };
}

const keepalivedEnvironment = (paths: Paths, { environment }: SupervisedProcess): string[] =>
  Object.entries({ PATH: pathOf(paths), ...environment }).map(([name, value]) => `${name}=${percent(value)}`);

/** Returns the service of the keepalived of one UDP or SCTP listener. */
export function keepalivedLvsDefinition(
  { paths, render }: Omit<UnitContext, 'config'>,
  listenerId: ListenerId,
): ServiceDefinition {
  const facts = keepalivedLvsFacts(paths, listenerId);
  const unit = render('keepalivedlvs.service.njk', {
    id: listenerId,
    namespace: AMPHORA_NAMESPACE,
    environment: keepalivedEnvironment(paths, facts.supervised),
    start: commandLine(facts.start),
    pidFile: percent(facts.pidFile),
  });
  return { name: facts.name, unit, supervised: facts.supervised };
}

/** Returns the service that rebuilds the namespace at boot. Only systemd needs it. */
export function namespaceDefinition({
  render,
  configFile,
}: Pick<UnitContext, 'render' | 'configFile'>): ServiceDefinition {
  const { name, steps } = namespaceFacts(configFile);
  const unit = render('amphora-netns.service.njk', {
    namespace: AMPHORA_NAMESPACE,
    maker: NAMESPACE_MAKER,
    pluggedInterfaces: PLUGGED_INTERFACES,
    steps: steps.map(({ reason, command }) => ({ reason, command: commandLine(command) })),
  });
  return { name, unit, supervised: null };
}

/** Returns keepalived's PATH. Controllers' checks call amphora-health-checker by its bare name. */
const pathOf = ({ commands }: Paths): string => searchPath([commands], undefined);

/** Quotes a command for systemd (systemd.service(5), "Command lines"): no argument is split, and `%` and `$` are literal. */
export function commandLine(program: Program): string {
  return program.map((word) => quoted(percent(word).replaceAll('$', '$$$$'))).join(' ');
}

const percent = (text: string): string => text.replaceAll('%', '%%');

const PLAIN_WORD = /^[\w@%+=:,./$-]+$/;

function quoted(word: string): string {
  if (PLAIN_WORD.test(word)) return word;
  return `"${word.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
