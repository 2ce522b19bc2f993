import { styleText } from 'node:util';
import ora, { type Ora } from 'ora';
import { reasonOf } from '../src/errors.ts';
import type { Controller, ControllerAnswer, ControllerRequest } from './controller/controller.ts';

/** A step of the play failed. */
export class StepFailed extends Error {
  readonly step: string;
  constructor(step: string, reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.name = 'StepFailed';
    this.step = step;
  }
}

/** The output of the play: progress of its steps, requests and answers. */
export interface Stage {
  say(text: string): void;
  heading(text: string): void;
  /** Runs a step, shows its progress and its result. @throws StepFailed with the message of the step's error */
  step<Result>(title: string, work: () => Promise<Result>): Promise<Result>;
  /** Prints a request as a curl line, sends it, prints the answer. @throws StepFailed if the answer has another status */
  request(
    title: string,
    controller: Controller,
    request: ControllerRequest,
    expectedStatus: number,
  ): Promise<ControllerAnswer>;
}

export interface StageOptions {
  readonly stdout: NodeJS.WriteStream;
  /** false if other output would disturb the spinner */
  readonly animated: boolean;
  readonly curlLine: (request: ControllerRequest) => string;
}

export function createStage(options: StageOptions): Stage {
  const { stdout, curlLine } = options;
  // ora loops for ever on a terminal of unknown width (0 columns)
  const animated = options.animated && stdout.isTTY && stdout.columns > 0;
  const say = (text: string): void => void stdout.write(`${text}\n`);
  const style = (format: 'bold' | 'cyan' | 'green' | 'red', text: string): string =>
    styleText(format, text, { stream: stdout });
  const spinner = (text: string): Ora =>
    ora({ text, stream: stdout, isSilent: !animated, discardStdin: false }).start();
  const step: Stage['step'] = async (title, work) => {
    if (!animated) say(`… ${title}`);
    const sign = spinner(title);
    const end = (symbol: string, text: string): void => {
      sign.stop();
      say(`${symbol} ${text}`);
    };
    const begin = performance.now();
    try {
      const result = await work();
      end(style('green', '✔'), `${title} (${((performance.now() - begin) / 1000).toFixed(1)} s)`);
      return result;
    } catch (error) {
      end(style('red', '✘'), title);
      throw new StepFailed(title, reasonOf(error), { cause: error });
    }
  };
  return {
    say,
    heading: (text) => say(`\n${style('bold', text)}`),
    step,
    async request(title, controller, request, expectedStatus) {
      say(`\n${style('bold', title)}\n${style('cyan', `$ ${curlLine(request)}`)}`);
      const sign = spinner('the agent works');
      const answer = await controller.request(request).finally(() => sign.stop());
      const text = `${answer.status} ${answer.body}`;
      if (answer.status !== expectedStatus)
        throw new StepFailed(title, `${text} (expected ${expectedStatus})`);
      say(style('green', text));
      return answer;
    },
  };
}
