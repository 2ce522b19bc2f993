/** Where the parts of this program are; told by its entry module. */
export interface Installation {
  /** the module that was started */
  readonly entry: URL;
  /** folder of the templates */
  readonly templates: string;
  /** folder of the programs that haproxy and keepalived run for their checks */
  readonly commands: string;
}

/** Environment variables, as process.env has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Ends the process; main.ts alone does. */
export type Exit = (code: number) => void;

/** What a command is given of the world around it. */
export interface Surroundings {
  readonly installation: Installation;
  readonly environment: Environment;
  readonly exit: Exit;
}
