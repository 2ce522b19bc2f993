import type { CapturePlace, CaptureSettings } from '../../domain/capture/capture-settings.ts';
import { CommandFailed, NotInstalled } from '../../errors.ts';
import type { CommandRunner } from '../command.ts';
import type { RunningCapture } from './capture-process.ts';

/** Captures packets with tcpdump, which need not be installed. */
export interface PacketCapture {
  /** @returns why tcpdump refuses a filter; undefined if it doesn't. @throws NotInstalled, CommandFailed */
  filterFault(filter: string): Promise<string | undefined>;
  /** Begins a capture. Resolves once tcpdump captures. @throws NotInstalled, CommandFailed */
  begin(settings: CaptureSettings, place: CapturePlace): Promise<RunningCapture>;
  /** Ends the captures that run. Their files are whole. */
  endAll(): void;
}

/** Names in filters may need an answer of a name server. */
const CHECK_MS = 5_000;

/** Creates the adapter. Its code is loaded with the first capture. */
export function createPacketCapture(commands: CommandRunner): PacketCapture {
  const running = new Set<RunningCapture>();
  return {
    async filterFault(filter) {
      const { filterCheck } = await import('../../domain/capture/capture-settings.ts');
      try {
        await commands.run(['tcpdump', ...filterCheck(filter)], { timeoutMs: CHECK_MS });
        return undefined;
      } catch (error) {
        if (!(error instanceof CommandFailed)) throw error;
        if (error.isNotInstalled) throw new NotInstalled('tcpdump', 'tcpdump');
        if (error.timedOut) return `took longer than ${CHECK_MS} ms: write addresses and ports as numbers`;
        if (error.exitCode === undefined) throw error;
        return error.output.trim().replace(/^tcpdump: /, '');
      }
    },
    async begin(settings, place) {
      const { beginCapture } = await import('./capture-process.ts');
      const capture = await beginCapture(settings, place);
      running.add(capture);
      void capture.ended.then(() => running.delete(capture));
      return capture;
    },
    endAll() {
      for (const capture of running) capture.end();
    },
  };
}
