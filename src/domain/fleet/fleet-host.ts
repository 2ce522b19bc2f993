/** An amphora of a fleet, as the operator's file names it. */
export interface FleetHost {
  /** lower case */
  readonly amphora: string;
  /** address in lb-mgmt-net, or a name */
  readonly address: string;
  /** id of its load balancer; undefined when the file lacks it, and for an amphora without a load balancer */
  readonly loadBalancer: string | undefined;
}

/** An amphora in the file that is left out. */
export interface SkippedHost {
  readonly amphora: string;
  readonly reason: string;
}

/** What a file says about a fleet, in the order of the file. */
export interface FleetHosts {
  readonly hosts: readonly FleetHost[];
  readonly skipped: readonly SkippedHost[];
}
