/** Stands for development.ts in a production build (`imports` of package.json). */
export function addDevelopment(): void {
  // nothing of it is in a production build
}

/** @throws Error always: no option of a production build leads here */
export function insecureCertificate(): Promise<never> {
  return Promise.reject(new Error('a production build has no development certificate'));
}
