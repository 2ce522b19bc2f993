import { describe, expect, it } from 'vitest';
import { isPlaceholder, readMaintainer } from '../../../packaging/maintainer/maintainer.ts';
import { REPOSITORY } from '../../repository.ts';

describe('the maintainer of a package', () => {
  it('is the author of package.json unless the builder names another', async () => {
    const author = await readMaintainer(REPOSITORY);
    expect(author).toMatch(/^[^<>]+ <[^<>@]+@[^<>@]+>$/);
    const other = { name: 'Cloud Team', address: 'cloud@operator.net' };
    expect(await readMaintainer(REPOSITORY, other)).toBe('Cloud Team <cloud@operator.net>');
    expect(await readMaintainer(REPOSITORY, { address: 'cloud@operator.net' })).toBe(
      author.replace(/<.*>/, '<cloud@operator.net>'),
    );
  });

  it('is a placeholder where its domain is one that nobody can have', () => {
    for (const domain of ['example.org', 'lists.example.com', 'agent.invalid', 'localhost', 'a.test']) {
      expect(isPlaceholder(`A <a@${domain}>`), domain).toBe(true);
    }
    for (const domain of ['operator.net', 'myexample.org', 'test.de']) {
      expect(isPlaceholder(`A <a@${domain}>`), domain).toBe(false);
    }
  });
});
