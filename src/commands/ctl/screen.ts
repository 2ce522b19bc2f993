/** The terminal while `top` draws on it. */
export interface Screen {
  /** Replaces everything that is shown. The first line is bold. */
  draw(lines: readonly string[]): void;
  size(): { readonly columns: number; readonly rows: number };
  /** Resolves when the person wants to leave: q, Ctrl-C, or a signal that ends the process. */
  readonly left: Promise<void>;
  /** Gives the terminal back as it was. */
  restore(): void;
}

export interface ScreenStreams {
  readonly output: NodeJS.WriteStream;
  readonly input: NodeJS.ReadStream;
}

const ESCAPE = '\x1b[';
const ENTER = `${ESCAPE}?1049h${ESCAPE}?25l`;
const LEAVE = `${ESCAPE}?25h${ESCAPE}?1049l`;
const HOME = `${ESCAPE}H`;
const END_OF_LINE = `${ESCAPE}K`;
const END_OF_SCREEN = `${ESCAPE}J`;
const [BOLD, PLAIN] = [`${ESCAPE}1m`, `${ESCAPE}0m`];
const CTRL_C = '\x03';
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** A terminal that doesn't report its size has this one. */
const USUAL = { columns: 80, rows: 24 };

/** Takes the terminal: an alternate screen without a cursor, on which typed characters don't appear. */
export function openScreen({ output, input }: ScreenStreams): Screen {
  let leave: () => void = () => undefined;
  const left = new Promise<void>((resolve) => {
    leave = resolve;
  });
  const onKey = (key: Buffer): void => {
    if (/[qQ]/.test(key.toString()) || key.toString().includes(CTRL_C)) leave();
  };
  let isOpen = true;
  const restore = (): void => {
    if (!isOpen) return;
    isOpen = false;
    output.write(LEAVE);
    if (input.isTTY) input.setRawMode(false);
    input.off('data', onKey).pause();
    for (const signal of SIGNALS) process.off(signal, leave);
    process.off('exit', restore);
  };
  for (const signal of SIGNALS) process.on(signal, leave);
  // also after a defect of this program
  process.on('exit', restore);
  if (input.isTTY) input.setRawMode(true);
  input.on('data', onKey).resume();
  output.write(ENTER);
  return {
    draw(lines) {
      const [first = '', ...others] = lines;
      const text = [`${BOLD}${first}${PLAIN}`, ...others].join(`${END_OF_LINE}\r\n`);
      output.write(`${HOME}${text}${END_OF_LINE}${END_OF_SCREEN}`);
    },
    size: () => ({ columns: output.columns || USUAL.columns, rows: output.rows || USUAL.rows }),
    left,
    restore,
  };
}
