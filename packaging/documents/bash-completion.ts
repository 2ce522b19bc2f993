import type { Argument, Command, Option } from 'commander';

/** The candidates for one position of a command line, as bash variables; empty if bash can't know them. */
interface Values {
  readonly words: readonly string[];
  readonly areFiles: boolean;
}

/**
 * Returns a script for bash that completes commands, options, and values that have choices or are files. The script is made from the
 * definitions of the commands. It does not start the program.
 */
export function bashCompletion(program: Command): string {
  const name = program.name();
  const functionName = `_${name.replaceAll('-', '_')}`;
  const all = withSubcommands(program, '');
  return `# Completion of ${name} for bash, made from the definitions of its commands
${functionName}() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
  local command= words= options= files= index
  # bash splits --option=value into three words
  if [[ $current == = ]]; then
    current=
  elif [[ $previous == = ]]; then
    previous=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  for ((index = 1; index < COMP_CWORD; index++)); do
    case "$command \${COMP_WORDS[index]}" in
${all.flatMap(walkCases).join('\n')}
    esac
  done
  case "$command $previous" in
${all.flatMap(optionCases).join('\n')}
    *)
      case $command in
${all.map(commandCase).join('\n')}
      esac
      if [[ $current == -* ]]; then words=$options files=; fi
      ;;
  esac
  COMPREPLY=()
  if [[ -n $words ]]; then mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current"); fi
  if [[ -n $files ]]; then
    compopt -o filenames 2>/dev/null
    mapfile -t -O \${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- "$current")
  fi
}
complete -F ${functionName} ${name}
`;
}

/** A command with its names behind that of the program: `''`, `history`, `ctl drain`. */
interface Labelled {
  readonly command: Command;
  readonly label: string;
}

const withSubcommands = (command: Command, label: string): Labelled[] => [
  { command, label },
  ...subcommandsOf(command).flatMap((each) => withSubcommands(each, labelOf(label, each))),
];

const labelOf = (label: string, command: Command): string => `${label} ${command.name()}`.trim();

const subcommandsOf = (command: Command): readonly Command[] =>
  command
    .createHelp()
    .visibleCommands(command)
    .filter((each) => each.name() !== 'help');

/** Returns the cases that skip the value of an option, and that find the subcommand. */
function walkCases({ command, label }: Labelled): string[] {
  const flags = optionsOf(command).filter(takesValue).flatMap(flagsOf);
  const skipped = flags.map((flag) => quoted(`${label} ${flag}`)).join(' | ');
  const found = subcommandsOf(command).map(
    (each) => `      ${quoted(`${label} ${each.name()}`)}) command=${quoted(labelOf(label, each))} ;;`,
  );
  return [...(skipped === '' ? [] : [`      ${skipped}) ((index++)) ;;`]), ...found];
}

/** Returns the candidates for the value of an option. */
function optionCases({ command, label }: Labelled): string[] {
  return optionsOf(command)
    .filter(takesValue)
    .map((option) => {
      const patterns = flagsOf(option).map((flag) => quoted(`${label} ${flag}`));
      return `    ${patterns.join(' | ')}) ${assignments(optionValues(option))} ;;`;
    });
}

function commandCase({ command, label }: Labelled): string {
  const options = optionsOf(command).flatMap(flagsOf);
  const values = command.createHelp().visibleArguments(command).map(argumentValues);
  const names = subcommandsOf(command).map((each) => each.name());
  const words = [...names, ...values.flatMap((each) => each.words)];
  const areFiles = values.some((each) => each.areFiles);
  return `        ${quoted(label)}) ${assignments({ words, areFiles })} options=${quoted(options.join(' '))} ;;`;
}

/**
 * Returns the options that a command takes. A subcommand, for example of `ctl`, also takes those of its command, unless the
 * command has arguments of its own, as `bundle` has.
 */
function optionsOf(command: Command): Option[] {
  const help = command.createHelp();
  const own = help.visibleOptions(command);
  const { parent } = command;
  if (parent === null || parent.parent === null || parent.registeredArguments.length > 0) return [...own];
  const lent = help.visibleOptions(parent).filter(({ long }) => long !== '--help');
  return [
    ...own.filter(({ long }) => long !== '--help'),
    ...lent,
    ...own.filter(({ long }) => long === '--help'),
  ];
}

const optionValues = ({ argChoices, flags }: Option): Values => ({
  words: argChoices ?? [],
  areFiles: /[<[]file[\]>]/.test(flags),
});

const argumentValues = (argument: Argument): Values => ({
  words: argument.argChoices ?? [],
  areFiles: argument.name() === 'file' || /\bfile\b/i.test(argument.description),
});

const assignments = ({ words, areFiles }: Values): string =>
  `words=${quoted(words.join(' '))} files=${areFiles ? 'yes' : ''}`;

const takesValue = ({ required, optional }: Option): boolean => required || optional;

const flagsOf = ({ short, long }: Option): string[] => [short, long].filter((flag) => flag !== undefined);

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
