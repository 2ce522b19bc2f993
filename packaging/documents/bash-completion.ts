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
  const commands = program.createHelp().visibleCommands(program);
  const functionName = `_${name.replaceAll('-', '_')}`;
  const all = [program, ...commands].map((command) => ({ command, label: labelOf(command, program) }));
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
    case \${COMP_WORDS[index]} in
      ${valueFlags(program).join(' | ')}) ((index++)) ;;
      ${commands.map((command) => command.name()).join(' | ')}) command=\${COMP_WORDS[index]}; break ;;
    esac
  done
  case "$command $previous" in
${all.flatMap(({ command, label }) => optionCases(command, label)).join('\n')}
    *)
      case $command in
${all.map(({ command, label }) => commandCase(command, label)).join('\n')}
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

const labelOf = (command: Command, program: Command): string => (command === program ? '' : command.name());

/** Returns the candidates for the value of an option. */
function optionCases(command: Command, label: string): string[] {
  const options = command.createHelp().visibleOptions(command).filter(takesValue);
  return options.map((option) => {
    const patterns = flagsOf(option).map((flag) => quoted(`${label} ${flag}`));
    return `    ${patterns.join(' | ')}) ${assignments(optionValues(option))} ;;`;
  });
}

function commandCase(command: Command, label: string): string {
  const help = command.createHelp();
  const options = help.visibleOptions(command).flatMap(flagsOf);
  const values = help.visibleArguments(command).map(argumentValues);
  const names = help.visibleCommands(command).map((each) => each.name());
  const words = [...names, ...values.flatMap((each) => each.words)];
  const areFiles = values.some((each) => each.areFiles);
  return `        ${quoted(label)}) ${assignments({ words, areFiles })} options=${quoted(options.join(' '))} ;;`;
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

const valueFlags = (command: Command): string[] => command.options.filter(takesValue).flatMap(flagsOf);

const flagsOf = ({ short, long }: Option): string[] => [short, long].filter((flag) => flag !== undefined);

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
