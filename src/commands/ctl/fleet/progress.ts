import ora from 'ora';
import { progressText } from '../../../render/ctl/fleet.ts';

/** Shows on standard error how far a command is. Without a terminal it shows its notes only. */
export interface Progress {
  /** Begins to count another work. @param total number of its amphorae */
  begin(title: string, total: number): void;
  /** Counts one amphora. */
  advance(hasFailed: boolean): void;
  /** Writes a line that stays. */
  note(text: string): void;
  end(): void;
}

/** Creates a display. @param isQuiet it shows nothing */
export function createProgress(stream: NodeJS.WriteStream, isQuiet: boolean): Progress {
  // ora loops for ever on a terminal of unknown width (0 columns)
  const isSilent = isQuiet || !stream.isTTY || stream.columns === 0;
  const spinner = ora({ stream, isSilent, discardStdin: false, hideCursor: false });
  let shown = { title: '', total: 0, done: 0, failed: 0 };
  const update = (): void => {
    spinner.text = progressText(shown);
  };
  return {
    begin(title, total) {
      shown = { title, total, done: 0, failed: 0 };
      update();
      spinner.start();
    },
    advance(hasFailed) {
      shown = { ...shown, done: shown.done + 1, failed: shown.failed + (hasFailed ? 1 : 0) };
      update();
    },
    note(text) {
      if (isQuiet) return;
      const isShown = spinner.isSpinning;
      spinner.stop();
      stream.write(`${text}\n`);
      if (isShown) spinner.start();
    },
    end: () => void spinner.stop(),
  };
}
