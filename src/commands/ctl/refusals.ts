import { AgentError } from '../../errors.ts';
import { failureFacts } from '../../schemas/ctl-facts.ts';

/** An agent answered with a status of failure. The message is the reason that it gave. */
export class AgentRefused extends AgentError {
  readonly status: number;
  constructor(agent: string, reason: string, status: number) {
    super(`${agent}: ${reason}`);
    this.status = status;
  }
}

/** An agent answered with something that this command can't read. */
export class UnusableAnswer extends AgentError {
  constructor(agent: string, fault: string) {
    super(`${agent}: the answer can't be read, the agent may have another version: ${fault}`);
  }
}

export interface RefusedAnswer {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

const [NOT_FOUND, BUSY] = [404, 429];

/** Returns the reason of an answer of failure, as one or several lines. */
export function refusedOf({ method, path, status, headers, body }: RefusedAnswer): string {
  const { message, error, details } = failureOf(body);
  // a handler writes `message`; `error` alone comes from an agent that has no such path
  if (status === NOT_FOUND && message === undefined && error !== undefined)
    return `this agent does not know ${method} ${path.replace(/\?.*/, '')}: it is older than this command`;
  const wait = headers['retry-after'];
  if (status === BUSY && wait !== undefined)
    return `${details ?? 'another request of this kind is under way'} (try again in ${wait} s)`;
  const reason = [message ?? error?.replace(/^\d{3} /, ''), details]
    .filter((text) => text !== undefined)
    .join(': ');
  return `${status} ${reason === '' ? body.slice(0, 500) : reason}`;
}

function failureOf(body: string): { message?: string; error?: string; details?: string } {
  try {
    const checked = failureFacts.safeParse(JSON.parse(body));
    if (!checked.success) return {};
    const { message, error, details } = checked.data;
    return {
      ...(message === undefined ? {} : { message }),
      ...(error === undefined ? {} : { error }),
      ...(details === undefined ? {} : { details }),
    };
  } catch {
    return {};
  }
}
