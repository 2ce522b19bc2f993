import type { EniFile } from '../../domain/network/eni-file.ts';
import type { InterfaceFile } from '../../domain/network/interface-file.ts';
import type { RenderTemplate } from '../../render/templates.ts';
import type { InterfaceContext } from './interface-context.ts';

/** An interface in both formats; the configuration chooses which one is written. */
export interface PlugPlan {
  readonly file: InterfaceFile;
  readonly eni: () => EniFile;
}

/** How the interfaces of the namespace are kept on disk and brought up: JSON files of the agent, or files of ifupdown. */
export interface InterfaceFormat {
  /** Every interface that has a file, loopback first: what the others' scripts start may need it. */
  names(context: InterfaceContext): Promise<string[]>;
  /**
   * @returns undefined where ifupdown alone reads the file
   * @throws NotFound without a file, PlugFailed when it can't be understood
   */
  read(context: InterfaceContext, name: string): Promise<InterfaceFile | undefined>;
  write(context: InterfaceContext & { readonly render: RenderTemplate }, plan: PlugPlan): Promise<void>;
  /** Writes the file of the loopback, which other agents expect; one that says the same stays as it is. */
  writeLoopback(context: InterfaceContext): Promise<void>;
  /** Brings up the loopback as its file has it. It is up with the namespace. */
  bringUpLoopback(context: InterfaceContext): Promise<void>;
  /** @throws NotFound without a file, PlugFailed or CommandFailed when the interface can't be had as its file says */
  bringUp(context: InterfaceContext, name: string): Promise<void>;
  /** Takes from the kernel what the file names, and sets the interface down. @throws as bringUp does */
  bringDown(context: InterfaceContext, name: string): Promise<void>;
  /** Whether the interface has everything that its file names; false without a file. */
  isUp(context: InterfaceContext, name: string): Promise<boolean>;
}
