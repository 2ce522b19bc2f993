/**
 * The catalogue of everything that can go wrong on purpose. Each entry names the object it is about and says
 * what failed; http/replies/error-replies.ts alone turns an entry into a status and a body.
 */

/** Base of the catalogue: anything that isn't one of these is a defect of the agent. */
export abstract class AgentError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** What part of a request was not acceptable; decides the wording that controllers know (contract section 3). */
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

/** The request is wrong and nothing was changed. */
export class InvalidInput extends AgentError {
  readonly subject: InputSubject;
  constructor(subject: InputSubject, reason: string) {
    super(reason);
    this.subject = subject;
  }
}

/** Kinds of object that a request can name and that may be absent. */
export type ObjectKind =
  | 'load-balancer'
  | 'listener'
  | 'udp-listener'
  | 'interface-of-address'
  | 'network-interface'
  | 'certificate';

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

/** The interface that a plug would make is there already (the driver takes this for done). */
export class InterfaceExists extends AgentError {
  readonly interfaceName: string;
  constructor(interfaceName: string) {
    super(`interface ${interfaceName} already exists`);
    this.interfaceName = interfaceName;
  }
}

/** A program refused a configuration; the running one is untouched. `output` holds the program's own words. */
export class Rejected extends AgentError {
  readonly object: string;
  readonly output: string;
  constructor(object: string, output: string) {
    super(`${object}: configuration refused`);
    this.object = object;
    this.output = output;
  }
}

/** What is done to a service. */
export type ServiceAction = 'start' | 'stop' | 'reload';

/** A service did not do what it was told. `output` holds the words of the service or its manager. */
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

/** A service was not told, since it answers nothing: of what it was to do nothing is known. */
export class ServiceSilent extends ServiceFailed {}

/** An interface could not be configured; what was asked for is on disk. */
export class PlugFailed extends AgentError {
  readonly port: 'vip' | 'network';
  readonly output: string;
  constructor(port: 'vip' | 'network', output: string, options?: ErrorOptions) {
    super(`plugging ${port} failed: ${output}`, options);
    this.port = port;
    this.output = output;
  }
}

/** A program ended with an exit code that isn't fine, ran out of time or couldn't be started. */
export class CommandFailed extends AgentError {
  readonly argv: readonly string[];
  /** undefined where the program didn't end by itself (timeout, signal, not found) */
  readonly exitCode: number | undefined;
  readonly timedOut: boolean;
  /** what ended it; undefined where it ended by itself or did not start */
  readonly signal: string | undefined;
  /** standard output and standard error, in the order they came */
  readonly output: string;
  constructor(
    failure: {
      argv: readonly string[];
      exitCode: number | undefined;
      timedOut: boolean;
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
    this.signal = failure.signal;
    this.output = failure.output;
  }
}

/** The agent can't start with this configuration file. The message is one line: file, section, option, reason. */
export class InvalidConfiguration extends AgentError {}

/** A new configuration of the agent was not taken: the old file stays, and what is in force. */
export class ConfigUpdateFailed extends AgentError {
  readonly output: string;
  constructor(output: string, options?: ErrorOptions) {
    super(`configuration of the agent not replaced: ${output}`, options);
    this.output = output;
  }
}

/** A key would have reached the disk: the memory disk that the image keeps keys on isn't mounted. */
export class KeyStorageMissing extends AgentError {
  constructor(directory: string, remedy: string) {
    super(
      `${directory} is to be a file system of its own and is not mounted, so no key is written there; try: ${remedy}`,
    );
  }
}

/** A file could not be written: no space, a read-only disk, no file descriptor left. What it held before stays. */
export class WriteFailed extends AgentError {
  constructor(file: string, cause: unknown) {
    // without the call and the temporary name that Node puts behind a comma
    super(`${file}: ${reasonOf(cause).replace(/, \w+(?: '.*')?$/, '')}`, { cause });
  }
}

/** A program that belongs to the agent's installation isn't in it. */
export class MissingProgram extends AgentError {
  constructor(file: string) {
    super(`${file} is missing: install the agent again`);
  }
}

/** A haproxy socket gave no usable answer within its deadline. */
export class SocketSilent extends AgentError {
  readonly path: string;
  /** nothing listens there, as opposed to something that keeps silent */
  readonly isAbsent: boolean;
  constructor(path: string, reason: string, isAbsent: boolean, options?: ErrorOptions) {
    super(`${path}: ${reason}`, options);
    this.path = path;
    this.isAbsent = isAbsent;
  }
}

/** What an error says, whatever was thrown. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
