import type { EniFile } from '../../domain/network/eni-file.ts';
import type { InterfaceFile } from '../../domain/network/interface-file.ts';
import type { RenderTemplate } from '../../render/templates.ts';
import type { InterfaceContext } from './interface-context.ts';

/** An interface in both file formats. The option interface_file_format chooses the one that is written. */
export interface PlugPlan {
  readonly file: InterfaceFile;
  readonly eni: () => EniFile;
}

/** Stores the interfaces of the namespace on disk and brings them up: with JSON files of the agent, or with files of ifupdown. */
export interface InterfaceFormat {
  /** Returns every interface with a file. Loopback is the first: programs in the scripts of other interfaces may need it. */
  names(context: InterfaceContext): Promise<string[]>;
  /**
   * Reads the file of an interface.
   * @returns undefined if only ifupdown reads the file
   * @throws NotFound without a file, PlugFailed when the file is not valid
   */
  read(context: InterfaceContext, name: string): Promise<InterfaceFile | undefined>;
  write(context: InterfaceContext & { readonly render: RenderTemplate }, plan: PlugPlan): Promise<void>;
  /** Writes the file of the loopback, which other agents expect. An equal file stays as it is. */
  writeLoopback(context: InterfaceContext): Promise<void>;
  /** Gives the loopback the addresses in its file. The namespace has brought the loopback up. */
  bringUpLoopback(context: InterfaceContext): Promise<void>;
  /** @throws NotFound without a file, PlugFailed or CommandFailed when the interface can't be configured as in the file */
  bringUp(context: InterfaceContext, name: string): Promise<void>;
  /** Removes the addresses, routes and rules in the file, and sets the interface down. @throws as bringUp does */
  bringDown(context: InterfaceContext, name: string): Promise<void>;
  /** Returns whether the interface has everything in its file; false without a file. */
  isUp(context: InterfaceContext, name: string): Promise<boolean>;
}
