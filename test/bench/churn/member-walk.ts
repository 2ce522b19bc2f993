/** A member of the changed pool. All members have one address and a port of their own. */
export interface PoolMember {
  readonly id: string;
  readonly port: number;
  readonly weight: number;
  readonly isEnabled: boolean;
}

export type MemberChange =
  | { readonly kind: 'weight'; readonly id: string; readonly weight: number }
  | { readonly kind: 'enable' | 'disable' | 'add' | 'remove'; readonly id: string };

/** A change, and all members of the pool after it. */
export interface MemberStep {
  readonly change: MemberChange;
  readonly members: readonly PoolMember[];
}

export const POOL_SIZE = 20;
export const FIRST_PORT = 8000;
/** haproxy's largest weight */
const MOST_WEIGHT = 256;
/** A pool without enough enabled members would measure the members, not the changes. */
const MOST_DISABLED = 5;
/** Of five changes two are weights. An addition for each removal keeps the size of the pool. */
const KINDS = ['weight', 'weight', 'switch', 'add', 'remove'] as const;
type Kind = (typeof KINDS)[number];

/** Returns the number of ports that the members of a walk need in all. */
export const portsFor = (changes: number): number => POOL_SIZE + Math.ceil(changes / KINDS.length);

/** Returns the members before the first change. @param random returns numbers from 0 up to 1 */
export const firstMembers = (random: () => number): PoolMember[] =>
  Array.from({ length: POOL_SIZE }, (_, index) => newMember(random, FIRST_PORT + index));

/**
 * Returns random changes of a pool: of each five changes, two are weights, one disables or enables a member, one adds a
 * member with a new id, and one removes a member, in random order.
 * @param random returns numbers from 0 up to 1
 */
export function memberWalk(
  start: readonly PoolMember[],
  changes: number,
  random: () => number,
): MemberStep[] {
  const steps: MemberStep[] = [];
  let members = start;
  let port = FIRST_PORT + start.length;
  let kinds: Kind[] = [];
  for (let index = 0; index < changes; index += 1) {
    if (kinds.length === 0) kinds = shuffled(KINDS, random);
    const kind = kinds.pop() ?? 'weight';
    const step = STEPS[kind](members, random, port);
    if (kind === 'add') port += 1;
    members = step.members;
    steps.push(step);
  }
  return steps;
}

type Take = (members: readonly PoolMember[], random: () => number, port: number) => MemberStep;

const STEPS: Readonly<Record<Kind, Take>> = {
  weight(members, random) {
    // the weight that haproxy shows of a member in maintenance says nothing
    const member = pick(
      members.filter(({ isEnabled }) => isEnabled),
      random,
    );
    const weight = (member.weight % MOST_WEIGHT) + 1;
    return {
      change: { kind: 'weight', id: member.id, weight },
      members: replaced(members, { ...member, weight }),
    };
  },
  switch(members, random) {
    const disabled = members.filter(({ isEnabled }) => !isEnabled);
    const enables = disabled.length === MOST_DISABLED || (disabled.length > 0 && random() < 0.5);
    const member = pick(enables ? disabled : members.filter(({ isEnabled }) => isEnabled), random);
    const change = { kind: enables ? 'enable' : 'disable', id: member.id } as const;
    return { change, members: replaced(members, { ...member, isEnabled: enables }) };
  },
  add(members, random, port) {
    const member = newMember(random, port);
    return { change: { kind: 'add', id: member.id }, members: [...members, member] };
  },
  remove(members, random) {
    const { id } = pick(
      members.filter(({ isEnabled }) => isEnabled),
      random,
    );
    return { change: { kind: 'remove', id }, members: members.filter((member) => member.id !== id) };
  },
};

const replaced = (members: readonly PoolMember[], member: PoolMember): PoolMember[] =>
  members.map((each) => (each.id === member.id ? member : each));

const newMember = (random: () => number, port: number): PoolMember => ({
  ...{ id: randomId(random), port, isEnabled: true },
  weight: 1 + Math.floor(random() * MOST_WEIGHT),
});

/** Returns a UUID of version 4. */
function randomId(random: () => number): string {
  const hex = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join('');
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-4$3-8$4-$5');
}

/** @throws Error if the list is empty */
function pick<Item>(items: readonly Item[], random: () => number): Item {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('no member to choose from');
  return item;
}

function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  const keyed = items.map((item) => ({ item, key: random() }));
  return keyed.toSorted((one, other) => one.key - other.key).map(({ item }) => item);
}
