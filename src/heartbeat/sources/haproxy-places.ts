import { type HaproxyId, isHaproxyId } from '../../domain/ids.ts';
import type { LoadBalancerPaths, Paths } from '../../domain/paths.ts';
import { reasonOf } from '../../errors.ts';
import type { DirectoryLists } from '../../host/directory-lists.ts';
import type { ProblemLog } from '../problem-log.ts';

/** One haproxy and its files. */
export interface HaproxyPlace {
  readonly id: HaproxyId;
  readonly files: LoadBalancerPaths;
}

/**
 * Creates a function that finds every directory under base_path that has a UUID as its name. It returns undefined, and logs the
 * problem, when base_path can't be read.
 * @param onChange called before the first result, and before each result with other places than the last one
 */
export function createPlaces(
  { lists }: { readonly lists: DirectoryLists },
  paths: Paths,
  problems: ProblemLog,
  onChange: (places: readonly HaproxyPlace[]) => void,
): () => readonly HaproxyPlace[] | undefined {
  let last: { readonly names: readonly string[]; readonly places: readonly HaproxyPlace[] } | undefined;
  const placesOf = (names: readonly string[]): readonly HaproxyPlace[] => {
    // joining the paths of a load balancer takes as long as looking at its files
    if (last?.names === names) return last.places;
    const places = names.filter(isHaproxyId).map((id) => ({ id, files: paths.loadBalancer(id) }));
    last = { names, places };
    onChange(places);
    return places;
  };
  return () => {
    try {
      const names = lists.list(paths.base);
      problems.clear(paths.base);
      return placesOf(names);
    } catch (error) {
      const advice = 'the directory cannot be read: heartbeats contain no listeners of haproxy';
      problems.report(paths.base, advice, { reason: reasonOf(error) });
      return undefined;
    }
  };
}
