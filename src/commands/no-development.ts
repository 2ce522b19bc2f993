/** Version of the build; esbuild puts it here (packaging/bundle.ts). */
declare const AMPHORA_AGENT_VERSION: string;

/** Stands for sandbox/command/development.ts in a production build (`imports` of package.json). */
export const agentVersion: string = AMPHORA_AGENT_VERSION;

export function addDevelopment(): void {
  // nothing of it is in a production build
}

/** @throws Error always: no option of a production build leads here */
export function insecureCertificate(): Promise<never> {
  return Promise.reject(new Error('a production build has no development certificate'));
}
