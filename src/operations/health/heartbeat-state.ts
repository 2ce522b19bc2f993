/** The heartbeat thread, as the main thread sees it. */
export interface HeartbeatState {
  /** Returns whether the thread sends, fails to send, or is silent on purpose, as often as it should. */
  alive(): boolean;
  counts(): HeartbeatNumbers;
  /** Makes the thread leave the workers that a reload has replaced: they run until their last connection ends. */
  leaveWorkers(): void;
}

/** Numbers since the start of the agent. */
export interface HeartbeatNumbers {
  /** datagrams that the kernel accepted */
  readonly sent: number;
  /** sent datagrams that reported only a part */
  readonly partial: number;
  readonly failed: number;
  /** beats without a message, on purpose */
  readonly silent: number;
  /** bytes of the datagrams that the kernel accepted */
  readonly bytes: number;
  /** restarts of the thread */
  readonly restarts: number;
  /** undefined when none was sent yet */
  readonly sinceSentMs: number | undefined;
  /** milliseconds by which the last datagram, and the latest since the start, was late; undefined when none was sent yet */
  readonly late: { readonly lastMs: number; readonly mostMs: number } | undefined;
}
