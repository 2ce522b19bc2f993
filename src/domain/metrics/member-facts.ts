/** What is known about one member of one listener's pool. Its fields are undefined if nothing measures them. */
export interface MemberFacts {
  /** for a UDP or SCTP listener whose configuration names no load balancer: the listener */
  readonly loadBalancer: string;
  readonly listener: string;
  readonly pool: string;
  readonly member: string;
  /** as in heartbeats, without the count of checks: `UP`, `DOWN`, `DRAIN`, `MAINT`, `no check`, … */
  readonly state: string;
  /** the weight in use, for example a part of the configured one during slowstart */
  readonly weight: number | undefined;
  readonly sessions: number | undefined;
  /** requests that wait for a free connection to the member */
  readonly queue: number | undefined;
  /** duration of the last health check */
  readonly checkSeconds: number | undefined;
  /** time since the last change between up and down */
  readonly stateAgeSeconds: number | undefined;
  /** numbers since the start of the worker */
  readonly errors: MemberErrors;
}

export interface MemberErrors {
  /** connections to the member that failed */
  readonly connection?: number | undefined;
  /** answers of the member that failed */
  readonly response?: number | undefined;
  /** health checks that failed */
  readonly check?: number | undefined;
}
