/** The answer of the agent to a call of the driver, real or expected, and the outcome of the call. */
export interface Answer {
  /** HTTP status; undefined where no answer came */
  readonly status: number | undefined;
  /** of the agent's response: JSON, or text where it isn't; may hold vitest's matchers where an answer is expected */
  readonly body: unknown;
  /** class of the exception that the driver raised; undefined where it raised none */
  readonly raised: string | undefined;
}

/** One call of the driver. */
export interface Step {
  /** the name of the step, unique in a scenario */
  readonly name: string;
  /** method of AmphoraAPIClient1_0 */
  readonly call: string;
  /** its arguments after the amphora: by position, by name */
  readonly args: readonly unknown[];
  readonly named?: object;
  readonly expected: Answer;
}

/** The methods with which the driver makes every request; called alone they raise nothing (rest_api_driver). */
export const TRANSPORT_METHODS: readonly string[] = ['request', 'get', 'post', 'put', 'delete', 'head'];

const RAISED: Readonly<Record<number, string>> = {
  400: 'InvalidRequest',
  404: 'NotFound',
  405: 'InvalidRequest',
  409: 'Conflict',
  500: 'InternalServerError',
};

/** Returns a call whose outcome follows from its status. */
export function step(
  name: string,
  [call, ...args]: readonly [string, ...unknown[]],
  status: number,
  body: unknown,
  more: { readonly named?: object; readonly raised?: string | undefined } = {},
): Step {
  const raised = TRANSPORT_METHODS.includes(call) ? undefined : RAISED[status];
  const { named } = more;
  const expected = { status, body, raised: 'raised' in more ? more.raised : raised };
  return { name, call, args, expected, ...(named === undefined ? {} : { named }) };
}

export const OK = { message: 'OK' };
export const okWith = (details: string) => ({ message: 'OK', details });

/** Returns an error of the web framework of Octavia's agent. */
export const frameworkError = (status: number, error: unknown) => ({ error, http_code: status });
