/** What clients count, by name. */
export type Counts = Readonly<Record<string, number>>;

/** One kind of client in the process of the clients. */
export interface ClientPart {
  counts(): Counts;
  /** Starts nothing new, and waits for what has an end. */
  finish(): Promise<void>;
}
