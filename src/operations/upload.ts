/** What a client sent: a text that is stored as it is, or a model from which the text is rendered (contract section 11). */
export interface Upload {
  /** as received; its md5 is the ETag of the answer */
  readonly body: Buffer;
  /** the body as JSON; absent for a text */
  readonly model?: unknown;
}
