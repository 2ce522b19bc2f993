/**
 * What is known about one member of one listener's pool. The numbers are decimal texts, as haproxy writes them and metrics
 * need them; '' if nothing measures them.
 */
export interface MemberFacts {
  /** for a UDP or SCTP listener whose configuration names no load balancer: the listener */
  readonly loadBalancer: string;
  readonly listener: string;
  readonly pool: string;
  readonly member: string;
  /** as in heartbeats, without the count of checks: `UP`, `DOWN`, `DRAIN`, `MAINT`, `no check`, … */
  readonly state: string;
  /** the weight in use, for example a part of the configured one during slowstart */
  readonly weight: string;
  readonly sessions: string;
  /** requests that wait for a free connection to the member */
  readonly queue: string;
  /** duration of the last health check */
  readonly checkSeconds: string;
  /** time since the last change between up and down */
  readonly stateAgeSeconds: string;
  /** connections to the member that failed, since the start of the worker */
  readonly connectionErrors: string;
  /** answers of the member that failed, since the start of the worker */
  readonly responseErrors: string;
  /** health checks that failed, since the start of the worker */
  readonly checkErrors: string;
}
