/** An amphora, and what it serves. */
export interface ServingAmphora {
  readonly amphora: string;
  /** ids of its load balancers, and of its UDP and SCTP listeners */
  readonly serves: readonly string[];
}

/**
 * Returns the group of each amphora. Amphorae that serve the same load balancer are in one group: an ACTIVE_STANDBY pair.
 * An amphora without such a peer is alone in its group.
 * @returns the name of the group by amphora: the id of the first amphora in it
 */
export function groupsOf(amphorae: readonly ServingAmphora[]): ReadonlyMap<string, string> {
  const parents = new Map(amphorae.map(({ amphora }) => [amphora, amphora]));
  const first = new Map<string, string>();
  for (const { amphora, serves } of amphorae) {
    for (const id of serves) {
      const known = first.get(id);
      if (known === undefined) first.set(id, amphora);
      else join(parents, known, amphora);
    }
  }
  return new Map(amphorae.map(({ amphora }) => [amphora, rootOf(parents, amphora)]));
}

/** Makes one group of two. The group of `one` gives the name. */
function join(parents: Map<string, string>, one: string, other: string): void {
  parents.set(rootOf(parents, other), rootOf(parents, one));
}

function rootOf(parents: ReadonlyMap<string, string>, amphora: string): string {
  let root = amphora;
  for (let parent = parents.get(root); parent !== undefined && parent !== root; parent = parents.get(root))
    root = parent;
  return root;
}
