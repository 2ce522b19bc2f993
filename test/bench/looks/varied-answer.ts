/** The columns that get values of their own, each by the index of the member. */
const VALUES: Readonly<Record<string, (index: number) => number | string>> = {
  status: () => 'UP',
  weight: (index) => 1 + (index % 256),
  scur: (index) => (index * 3) % 1999,
  qcur: (index) => (index * 7) % 1997,
  check_status: () => 'L7OK',
  check_duration: (index) => (index * 11) % 1993,
  lastchg: (index) => 100_000 + index,
  econ: (index) => (index * 5) % 1987,
  eresp: (index) => (index * 13) % 1979,
  chkfail: (index) => (index * 17) % 1973,
};

/** Returns an answer to MEMBERS_COMMAND as if each member had a health check and other numbers than all others. */
export function variedAnswer(answer: string): string {
  const start = answer.indexOf('\n# ') + 1;
  const [header = '', ...rows] = answer.slice(start).split('\n');
  const columns = header.slice(2).split(',');
  const varied = rows.map((row, index) =>
    // a quoted comma stands behind all these columns
    row === ''
      ? row
      : row
          .split(',')
          .map((field, at) => VALUES[columns[at] ?? '']?.(index) ?? field)
          .join(','),
  );
  return `${answer.slice(0, start)}${[header, ...varied].join('\n')}`;
}
