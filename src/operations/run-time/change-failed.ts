/** A change in a running haproxy failed. The agent then does a reload, which makes haproxy run the stored configuration. */
export class ChangeFailed extends Error {}
