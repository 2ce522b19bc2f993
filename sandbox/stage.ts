import { styleText } from 'node:util';
import ora, { type Ora } from 'ora';
import { reasonOf } from '../src/errors.ts';
import type { Controller, ControllerAnswer, ControllerRequest } from './controller/controller.ts';

/** A step of the play that didn't do what it should. */
export class StepFailed extends Error {
  readonly step: string;
  constructor(step: string, reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.name = 'StepFailed';
    this.step = step;
  }
}

/** Where the play is seen: progress of its steps, requests and answers. */
export interface Stage {
  say(text: string): void;
  heading(text: string): void;
  /** Shows that the step is under way and how it ended. @throws StepFailed with whatever it threw as its reason */
  step<Result>(title: string, work: () => Promise<Result>): Promise<Result>;
  /** Prints the request as a curl line, sends it, prints the answer. @throws StepFailed unless the status is as told */
  request(
    title: string,
    controller: Controller,
    asked: ControllerRequest,
    expectedStatus: number,
  ): Promise<ControllerAnswer>;
}

export interface StageOptions {
  readonly stdout: NodeJS.WriteStream;
  /** false where other output would disturb moving signs */
  readonly animated: boolean;
  readonly curlLine: (asked: ControllerRequest) => string;
}

export function createStage(options: StageOptions): Stage {
  const { stdout, curlLine } = options;
  // a terminal that doesn't know its width (0 columns) sends ora into an endless loop
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
    async request(title, controller, asked, expectedStatus) {
      say(`\n${style('bold', title)}\n${style('cyan', `$ ${curlLine(asked)}`)}`);
      const sign = spinner('the agent works');
      const answer = await controller.request(asked).finally(() => sign.stop());
      const text = `${answer.status} ${answer.body}`;
      if (answer.status !== expectedStatus)
        throw new StepFailed(title, `${text} (expected ${expectedStatus})`);
      say(style('green', text));
      return answer;
    },
  };
}
