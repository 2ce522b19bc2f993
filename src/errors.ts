/**
 * The catalogue of expected failures. Each class names the object and says what failed.
 * Only http/replies/error-replies.ts turns an error into a status and a body.
 */

/** The base class of expected failures. Any other error is a defect of the agent. */
export abstract class AgentError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The part of a request that was refused. It decides the text of the answer, which controllers parse. */
export type InputSubject =
  | 'request'
  | 'action'
  | 'vip'
  | 'vrrp-address'
  | 'address'
  | 'subnet-information'
  | 'port-information'
  | 'network-port'
  | 'rules-information'
  | 'certificate-name';

/** The request is wrong. Nothing was changed. */
export class InvalidInput extends AgentError {
  readonly subject: InputSubject;
  constructor(subject: InputSubject, reason: string) {
    super(reason);
    this.subject = subject;
  }
}

/** The client's certificate doesn't give the right to the request. Nothing was changed. */
export class Forbidden extends AgentError {
  /** @param allowed the paths that the client may read */
  constructor(allowed: readonly string[]) {
    super(
      `no authority in the file of agent_server_ca has signed the certificate: a client of agent_monitor_ca may only GET and HEAD ${allowed.join(', ')}`,
    );
  }
}

/** The request needs an option that is off. Nothing was changed. */
export class SwitchedOff extends AgentError {
  /** @param what what the request wants, in the plural @param setting the line that switches it on, and its section */
  constructor(what: string, setting: string, section: string) {
    super(`${what} are off: set ${setting} in section [${section}] of the agent's configuration file`);
  }
}

/** Kinds of object that a request can name and that may be absent. */
export type ObjectKind =
  | 'load-balancer'
  | 'listener'
  | 'udp-listener'
  | 'interface-of-address'
  | 'network-interface'
  | 'certificate'
  | 'kept-configuration'
  | 'member';

/** The named object doesn't exist. */
export class NotFound extends AgentError {
  readonly kind: ObjectKind;
  readonly id: string;
  constructor(kind: ObjectKind, id: string) {
    super(`no ${kind} ${id}`);
    this.kind = kind;
    this.id = id;
  }
}

/** The interface that a plug would create already exists. Octavia's driver treats this answer as success. */
export class InterfaceExists extends AgentError {
  readonly interfaceName: string;
  constructor(interfaceName: string) {
    super(`interface ${interfaceName} already exists`);
    this.interfaceName = interfaceName;
  }
}

/** The haproxy of a load balancer doesn't run, or its worker doesn't answer over the socket of its master. */
export class NotRunning extends AgentError {
  readonly id: string;
  constructor(id: string) {
    super(`haproxy of load balancer ${id} does not answer over the socket of its master: start or reload it`);
    this.id = id;
  }
}

/** The agent doesn't look for drift, so it knows nothing to repair. */
export class DriftOff extends AgentError {
  constructor() {
    super('the agent does not look for drift: set drift to report or repair in its configuration');
  }
}
/** A load balancer has no earlier configuration to which it can be rolled back. Nothing was changed. */
export class NoRollback extends AgentError {}

/** A running haproxy gave an unexpected answer to a command. */
export class CommandRefused extends AgentError {
  constructor(command: string, answer: string) {
    super(`haproxy answered ${JSON.stringify(answer)} to ${command}`);
  }
}

/** A program refused a configuration. The running configuration is untouched. `output` is the output of the program. */
export class Rejected extends AgentError {
  readonly object: string;
  readonly output: string;
  constructor(object: string, output: string) {
    super(`${object}: configuration refused`);
    this.object = object;
    this.output = output;
  }
}

/** An action on a service. */
export type ServiceAction = 'start' | 'stop' | 'reload';

/** An action on a service failed. `output` is the output of the service or of the service manager. */
export class ServiceFailed extends AgentError {
  readonly action: ServiceAction;
  readonly service: string;
  readonly output: string;
  constructor(action: ServiceAction, service: string, output: string, options?: ErrorOptions) {
    super(`${service}: ${action} failed: ${output}`, options);
    this.action = action;
    this.service = service;
    this.output = output;
  }
}

/** The agent sent no order to a service, because the service doesn't answer. Its state is unknown. */
export class ServiceSilent extends ServiceFailed {}

/** An interface could not be configured. Its requested configuration is on disk. */
export class PlugFailed extends AgentError {
  readonly port: 'vip' | 'network';
  readonly output: string;
  constructor(port: 'vip' | 'network', output: string, options?: ErrorOptions) {
    super(`plugging ${port} failed: ${output}`, options);
    this.port = port;
    this.output = output;
  }
}

/** A program ended with an exit code that means failure, exceeded its timeout, or couldn't be started. */
export class CommandFailed extends AgentError {
  readonly argv: readonly string[];
  /** undefined if the program did not exit by itself (timeout, signal, not found) */
  readonly exitCode: number | undefined;
  readonly timedOut: boolean;
  /** whether the machine doesn't have the program */
  readonly isNotInstalled: boolean;
  /** signal that ended the program; undefined if it exited by itself or did not start */
  readonly signal: string | undefined;
  /** standard output and standard error, in the order of arrival */
  readonly output: string;
  constructor(
    failure: {
      argv: readonly string[];
      exitCode: number | undefined;
      timedOut: boolean;
      isNotInstalled?: boolean;
      signal?: string | undefined;
      output: string;
      reason: string;
    },
    options?: ErrorOptions,
  ) {
    super(
      `${failure.argv.join(' ')}: ${failure.reason}${failure.output === '' ? '' : `: ${failure.output}`}`,
      options,
    );
    this.argv = failure.argv;
    this.exitCode = failure.exitCode;
    this.timedOut = failure.timedOut;
    this.isNotInstalled = failure.isNotInstalled ?? false;
    this.signal = failure.signal;
    this.output = failure.output;
  }
}

/** The agent can't start with this configuration file. The message is one line with file, section, option and reason. */
export class InvalidConfiguration extends AgentError {}

/** A new configuration of the agent was refused. The old file and the running values stay. */
export class ConfigUpdateFailed extends AgentError {
  readonly output: string;
  constructor(output: string, options?: ErrorOptions) {
    super(`configuration of the agent not replaced: ${output}`, options);
    this.output = output;
  }
}

/** The memory disk on which the image keeps keys isn't mounted, so the key would have been written to the real disk. */
export class KeyStorageMissing extends AgentError {
  constructor(directory: string, remedy: string) {
    super(
      `${directory} must be a file system of its own and is not mounted, so no key is written there; try: ${remedy}`,
    );
  }
}

/** A file could not be written: no space, a read-only disk, no file descriptor left. The old content stays. */
export class WriteFailed extends AgentError {
  constructor(file: string, cause: unknown) {
    // removes the system call and the temporary file name, which Node appends after a comma
    super(`${file}: ${reasonOf(cause).replace(/, \w+(?: '.*')?$/, '')}`, { cause });
  }
}

/** A program of the agent's installation is missing. */
export class MissingProgram extends AgentError {
  constructor(file: string) {
    super(`${file} is missing: install the agent again`);
  }
}

/** The request needs a program that the machine need not have, and doesn't have. */
export class NotInstalled extends AgentError {
  /** @param packageName the package of Debian, CentOS and Rocky that brings the program */
  constructor(program: string, packageName: string) {
    super(`${program} is not installed on this amphora: add the package ${packageName} to its image`);
  }
}

/** A haproxy socket gave no usable answer within its deadline. */
export class SocketSilent extends AgentError {
  readonly path: string;
  /** true if no process listens on the socket; false if a process listens and doesn't answer */
  readonly isAbsent: boolean;
  constructor(path: string, reason: string, isAbsent: boolean, options?: ErrorOptions) {
    super(`${path}: ${reason}`, options);
    this.path = path;
    this.isAbsent = isAbsent;
  }
}

/** The machine can't be upgraded in place: the option is off, or dpkg or systemd is missing. */
export class UpgradesUnavailable extends AgentError {}

/** A signed bundle was refused because this amphora can't take it now. Nothing was changed. */
export class UpgradeRefused extends AgentError {}

/** Another request of this kind is under way, and only one is served at a time. */
export class Busy extends AgentError {
  /** seconds after which the other request has ended */
  readonly retryAfter: number;
  constructor(subject: string, retryAfter: number) {
    super(`${subject} is being made for another request: try again in ${retryAfter} s`);
    this.retryAfter = retryAfter;
  }
}

/** Returns the message of an error, or the text of any other thrown value. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
