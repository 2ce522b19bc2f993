/** The version of the build; esbuild replaces the name by its value (packaging/bundle/bundle.ts). */
declare const AMPHORA_AGENT_VERSION: string;

/** The version of the agent. This module replaces sandbox/command/development.ts in a build (`imports` of package.json). */
export const agentVersion: string = AMPHORA_AGENT_VERSION;

export function addDevelopment(): void {
  // a production build has no development commands
}

/** @throws Error always: a production build has no option that calls this function */
export function insecureCertificate(): Promise<never> {
  return Promise.reject(new Error('a production build has no development certificate'));
}
