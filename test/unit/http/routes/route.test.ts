import { describe, expect, it } from 'vitest';
import {
  BOTH,
  documentedPath,
  documentedPlaces,
  places,
  type RouteVersions,
  route,
} from '../../../../src/http/routes/route.ts';

const routeOf = (versions: RouteVersions) =>
  route(versions, 'GET', '/things/:id', { summary: 'A thing' }, async () => ({ status: 200, body: {} }));

describe('a route', () => {
  it.each<[string, RouteVersions, [path: string, version: string][]]>([
    [
      'of both versions',
      BOTH,
      [
        ['/1.0/things/{id}', '1.0'],
        ['/0.5/things/{id}', '0.5'],
        ['/things/{id}', '1.0'],
      ],
    ],
    [
      'of API 0.5',
      ['0.5'],
      [
        ['/0.5/things/{id}', '0.5'],
        ['/things/{id}', '0.5'],
      ],
    ],
    ['without a version', 'none', [['/things/{id}', '1.0']]],
  ])('%s is served at these paths', (_name, versions, served) => {
    const one = routeOf(versions);
    expect(places(one).map((place) => [documentedPath(place, one), place.version])).toEqual(served);
  });

  it('is documented with its versions, or without one if it has none', () => {
    expect(documentedPlaces(routeOf(BOTH)).map(({ prefix }) => prefix)).toEqual(['/1.0', '/0.5']);
    expect(documentedPlaces(routeOf('none')).map(({ prefix }) => prefix)).toEqual(['']);
  });
});
