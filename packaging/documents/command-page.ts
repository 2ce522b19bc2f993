import type { Command } from 'commander';
import { sectionsOf, summaryOf } from './help-text.ts';
import type { ManualPage, ManualRow, ManualSection, ManualSubcommand } from './manual-page.ts';

/**
 * Returns the manual page of a program or of one of its subcommands, from the definitions that `--help` prints too.
 * @param name name of the command on PATH
 */
export function pageOfCommand(command: Command, name: string): ManualPage {
  const description = command.description();
  return {
    command: name,
    summary: summaryOf(description),
    usage: usageOf(command).replace(fullName(command), name),
    paragraphs: [sentence(description)],
    sections: [
      ...ownSections(command),
      ...sectionsOf(textAfterHelp(command)),
      ...command.commands.flatMap(sectionsOfSubcommand),
    ],
    subcommands: subcommandsOf(command),
  };
}

function ownSections(command: Command): ManualSection[] {
  const [argumentRows, optionRows] = [argumentsOf(command), optionsOf(command)];
  const sections = [
    { title: 'Arguments', rows: argumentRows },
    { title: 'Options', rows: optionRows },
  ];
  return sections.filter(({ rows }) => rows.length > 0);
}

/** Returns the subcommands of a command, each with its own subcommands behind it. */
const subcommandsOf = (command: Command): ManualSubcommand[] =>
  command
    .createHelp()
    .visibleCommands(command)
    .filter((each) => each.name() !== 'help')
    .flatMap((each) => [subcommandOf(each), ...subcommandsOf(each)]);

const subcommandOf = (command: Command): ManualSubcommand => ({
  usage: usageOf(command),
  paragraphs: [sentence(command.description())],
  rows: [...argumentsOf(command), ...optionsOf(command).filter(({ term }) => term !== '-h, --help')],
});

const usageOf = (command: Command): string => command.createHelp().commandUsage(command);

function fullName(command: Command): string {
  return command.parent === null ? command.name() : `${command.parent.name()} ${command.name()}`;
}

function argumentsOf(command: Command): ManualRow[] {
  const help = command.createHelp();
  return help.visibleArguments(command).map((argument) => ({
    term: help.argumentTerm(argument),
    text: help.argumentDescription(argument),
  }));
}

function optionsOf(command: Command): ManualRow[] {
  const help = command.createHelp();
  return help.visibleOptions(command).map((option) => ({
    term: help.optionTerm(option),
    text: help.optionDescription(option),
  }));
}

/** Returns the lists in the help text of a subcommand, for example `Exit codes of check`. */
const sectionsOfSubcommand = (command: Command): ManualSection[] =>
  sectionsOf(textAfterHelp(command)).map(({ title, rows }) => ({
    title: `${title} of ${command.name()}`,
    rows,
  }));

/** Returns the text that `--help` prints below the lists of commander. */
function textAfterHelp(command: Command): string {
  let printed = '';
  command.configureOutput({ writeOut: (text) => (printed += text), getOutHelpWidth: () => 80 });
  command.outputHelp();
  const own = command.helpInformation();
  return printed.slice(printed.indexOf(own) + own.length);
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
