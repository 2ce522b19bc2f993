/** The places of the parts of this program, derived from its entry module. */
export interface Installation {
  /** the module that was started */
  readonly entry: URL;
  /** folder of the templates */
  readonly templates: string;
  /** folder of the programs that haproxy and keepalived run for their checks */
  readonly commands: string;
}

/** Environment variables, in the form of process.env. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Ends the process. Only main.ts passes a function that does so. */
export type Exit = (code: number) => void;

/** The installation, the environment and the way to exit, as a command gets them. */
export interface Surroundings {
  readonly installation: Installation;
  readonly environment: Environment;
  readonly exit: Exit;
}
