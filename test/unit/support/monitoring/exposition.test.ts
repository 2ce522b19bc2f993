import { describe, expect, it } from 'vitest';
import { readExposition, sampleKeys } from '../../../support/monitoring/exposition.ts';

const GAUGE = '# HELP g Help.\n# TYPE g gauge\n';
const COUNTER = '# HELP c Help.\n# TYPE c counter\n';
const buckets = (
  counts: readonly number[],
  rest = 'h_sum 1.5\nh_count 3\n',
  bounds = ['0.5', '10.0', '+Inf'],
) =>
  `# HELP h Help.\n# TYPE h histogram\n${bounds.map((le, at) => `h_bucket{le="${le}"} ${counts[at]}\n`).join('')}${rest}`;
const faults = (text: string) => readExposition(`${text}# EOF\n`, 'openmetrics').faults;

describe('a text of OpenMetrics', () => {
  it('has samples and no fault', () => {
    const text = `${GAUGE}g{a="x",b="q\\"\\\\\\n"} -1e-05\ng 2\n${COUNTER}c_total 7\n${buckets([1, 2, 3])}`;
    const read = readExposition(`${text}# EOF\n`, 'openmetrics');
    expect(read.faults).toEqual([]);
    expect(read.samples).toHaveLength(8);
    expect(sampleKeys(read)).toContain('g{a="x",b="q\\"\\\\\\n"}');
  });

  it.each([
    ['without an end mark', `${GAUGE}g 1\n`, 'the last line is not # EOF'],
    ['with a line behind the end mark', `${GAUGE}# EOF\ng 1\n`, 'the last line is not # EOF'],
    ['without an end of its last line', `${GAUGE}g 1\n# EOF`, 'the last line has no end'],
  ])('%s is wrong', (_name, text, fault) => {
    expect(readExposition(text, 'openmetrics').faults).toContain(fault);
  });

  it.each([
    ['a sample before its family', 'g 1\n', 'g belongs to no family before it'],
    [
      'a family in two places',
      `${GAUGE}g 1\n${COUNTER}c_total 1\n${GAUGE}g{a="b"} 1\n`,
      'g has two families',
    ],
    ['a sample of an earlier family', `${GAUGE}${COUNTER}g 1\n`, 'g belongs to no family before it'],
    ['metadata behind samples', '# TYPE g gauge\ng 1\n# HELP g Help.\n', 'g: metadata behind samples'],
    ['two types', `${GAUGE}# TYPE g gauge\n`, 'g: two lines of TYPE'],
    ['no help', '# TYPE g gauge\ng 1\n', 'g: no help'],
    ['an unknown type', '# HELP g Help.\n# TYPE g untyped\ng 1\n', 'g: the type untyped'],
    ['a counter without _total', `${COUNTER}c 1\n`, 'c belongs to no family before it'],
    [
      'a family that ends with _total',
      '# HELP c_total Help.\n# TYPE c_total counter\n',
      'c_total: only samples end with _total',
    ],
    ['a count below 0', `${COUNTER}c_total -1\n`, 'c: a count below 0'],
    ['one sample twice', `${GAUGE}g{a="1",b="2"} 1\ng{b="2",a="1"} 2\n`, 'g{a="1",b="2"} stands there twice'],
    ['one label twice', `${GAUGE}g{a="1",a="2"} 1\n`, 'g has the label a twice'],
    ['a label without quotes', `${GAUGE}g{a=1} 1\n`, 'not a sample: g{a=1} 1'],
    ['a comma at the end of the labels', `${GAUGE}g{a="1",} 1\n`, 'not a sample: g{a="1",} 1'],
    ['a raw backslash', `${GAUGE}g{a="\\x"} 1\n`, 'not a sample: g{a="\\x"} 1'],
    ['a value that is no number', `${GAUGE}g undefined\n`, 'not a sample: g undefined'],
    ['a time stamp', `${GAUGE}g 1 2\n`, 'not a sample: g 1 2'],
    ['an empty line', `${GAUGE}\ng 1\n`, 'an empty line'],
    ['a comment', `${GAUGE}# text\n`, 'a comment: # text'],
    ['buckets that shrink', buckets([2, 1, 3]), 'h{}: the buckets do not add up'],
    ['another count than that of +Inf', buckets([1, 2, 4]), 'h{}: the count is not that of the bucket +Inf'],
    ['no sum', buckets([1, 2, 3], 'h_count 3\n'), 'h{}: no sum'],
    ['no bucket +Inf', buckets([1, 3], undefined, ['0.5', '10.0']), 'h{}: the bounds do not rise to +Inf'],
    [
      'a bound without a fraction',
      buckets([1, 2, 3], undefined, ['0.5', '10', '+Inf']),
      'h{}: a bound is not canonical',
    ],
  ])('with %s is wrong', (_name, text, fault) => {
    expect(faults(text)).toContain(fault);
  });
});

describe("a text of Prometheus' own format", () => {
  it('names a counter by its samples, and may have empty lines', () => {
    const text = '# HELP c_total Help.\n# TYPE c_total counter\nc_total 1\n\n';
    expect(readExposition(text + GAUGE, 'prometheus').faults).toEqual([]);
    expect(readExposition(`${COUNTER}c 1\n`, 'prometheus').faults).toContain(
      'c: counters, and they alone, end with _total',
    );
  });
});
