import path from 'node:path';
import { CHECK_TEXT } from '../../../domain/haproxy/haproxy-check.ts';
import type { ListenerId } from '../../../domain/ids.ts';
import { CHECK_CONFIG, HARD_STOP_CONFIG } from '../../../domain/paths.ts';
import { hardStopText } from '../../../domain/service-definitions.ts';
import type { FileAttributes } from '../../../host/files.ts';
import { renderCheckScript, renderHttpCheck, renderUdpCheck } from '../../../render/check-scripts.ts';
import { renderKeepalivedMain } from '../../../render/keepalived-main.ts';
import { CHECK_COMMANDS, PROGRAM_MODE, placeCommands } from '../../amphora/data-plane-commands.ts';
import { CHECK_SCRIPTS, type OperationContext, OWN_SETTINGS, VRRP } from '../../context.ts';
import { writeCheckConfig } from '../../haproxy/config-check.ts';
import { writeHardStopConfig } from '../../haproxy/hard-stop-file.ts';
import { SCRIPT_MODE } from '../../keepalived/check-scripts.ts';
import { type KeepalivedFiles, writeMainConfig } from '../../keepalived/main-config.ts';
import { type KeptPart, modeDifference, type PartDifference } from './kept-part.ts';

const CONFIG_MODE = 0o644;

/** One file with a text that the agent renders. */
export interface KeptFile {
  readonly file: string;
  readonly lock: string;
  readonly mode: number;
  /** what decides the text, besides the agent's version */
  readonly basis?: string;
  /** the texts that the file may have */
  readonly texts: () => readonly string[];
  readonly write: () => Promise<unknown>;
}

/** Returns a part that compares the text and the mode of one file. */
export function keptFile(context: OperationContext, kept: KeptFile): KeptPart {
  const { file, lock, mode, basis = '', texts, write } = kept;
  return {
    ...{ object: file, lock, basis, watched: [file] },
    compare: ([attributes]) => fileDifferences(context, { file, attributes, mode, texts: texts(), write }),
  };
}

/** A file and what it should be. */
interface ComparedFile {
  readonly file: string;
  readonly attributes: FileAttributes | undefined;
  readonly mode: number;
  /** the texts that the file may have; undefined: it may be missing */
  readonly texts: readonly (string | undefined)[];
  readonly write: () => Promise<unknown>;
}

/** Compares the text of a file, and its mode if it has a right text. */
export async function fileDifferences(
  context: Pick<OperationContext, 'host'>,
  { file, attributes, mode, texts, write }: ComparedFile,
): Promise<PartDifference[]> {
  const present = attributes && (await context.host.files.readText(file));
  if (!texts.includes(present))
    return [
      {
        kind: 'file',
        wanted: texts.includes(undefined) ? 'no such file' : 'the text that the agent writes',
        seen: present === undefined ? 'missing' : 'another text',
        weight: present === undefined ? 'fault' : 'note',
        repair: { text: 'write the file', run: write },
      },
    ];
  return attributes === undefined ? [] : modeDifference(context, file, attributes.mode, mode);
}

/** The files of every haproxy. */
export const haproxyFileParts = (context: OperationContext): KeptPart[] => [
  keptFile(context, {
    ...{ file: HARD_STOP_CONFIG, lock: OWN_SETTINGS, mode: CONFIG_MODE },
    basis: `${context.config().haproxyHardStopAfter}`,
    texts: () => [hardStopText(context.config().haproxyHardStopAfter)],
    write: () => writeHardStopConfig(context),
  }),
  keptFile(context, {
    ...{ file: CHECK_CONFIG, lock: OWN_SETTINGS, mode: CONFIG_MODE },
    texts: () => [CHECK_TEXT],
    write: () => writeCheckConfig(context),
  }),
];

/** The programs that keepalived's checks call by name. A damaged installation is not compared. */
export const commandParts = (context: OperationContext): KeptPart[] => {
  const { paths, host, installedCommands } = context;
  return CHECK_COMMANDS.map((name): KeptPart => {
    const [file, source] = [path.join(paths.commands, name), path.join(installedCommands, name)];
    return {
      ...{ object: file, lock: CHECK_SCRIPTS, basis: '', watched: [file, source] },
      async compare([attributes, installed]) {
        if (installed === undefined) return [];
        const texts = [await host.files.readText(source)];
        const write = () => placeCommands(context, installedCommands);
        return fileDifferences(context, { file, attributes, mode: PROGRAM_MODE, texts, write });
      },
    };
  });
};

/** The files of keepalived for VRRP, once this agent has stored its configuration. */
export const vrrpFileParts = (context: OperationContext): KeptPart[] => {
  const { paths, host, render } = context;
  return [
    keptFile(context, {
      ...{ file: paths.vrrp.checkScript, lock: VRRP, mode: SCRIPT_MODE },
      texts: () => [renderCheckScript(render, paths.vrrp)],
      write: () =>
        host.files.write(paths.vrrp.checkScript, renderCheckScript(render, paths.vrrp), {
          mode: SCRIPT_MODE,
        }),
    }),
    mainConfigPart(context, paths.vrrp, VRRP),
  ];
};

/** The files of the UDP and SCTP listeners whose main configuration this agent has written. */
export const lvsFileParts = (context: OperationContext, ids: readonly ListenerId[]): KeptPart[] => {
  const { paths, host, render } = context;
  if (ids.length === 0) return [];
  const scripts: [file: string, text: () => string][] = [
    [paths.udpCheck, () => renderUdpCheck(render)],
    [paths.httpCheck, () => renderHttpCheck(render)],
  ];
  return [
    ...scripts.map(([file, text]) =>
      keptFile(context, {
        ...{ file, lock: CHECK_SCRIPTS, mode: SCRIPT_MODE },
        texts: () => [text()],
        write: () => host.files.write(file, text(), { mode: SCRIPT_MODE }),
      }),
    ),
    ...ids.map((id) => mainConfigPart(context, paths.lvsListener(id), id)),
  ];
};

/** Whether keepalived trusts the scripts was tested when the file was written, so both texts count. */
const mainConfigPart = (context: OperationContext, files: KeepalivedFiles, lock: string): KeptPart =>
  keptFile(context, {
    ...{ file: files.mainConfig, lock, mode: CONFIG_MODE },
    texts: () =>
      [true, false].map((isScriptSecure) => renderKeepalivedMain(context.render, files, { isScriptSecure })),
    write: () => writeMainConfig(context, files, files.config),
  });
