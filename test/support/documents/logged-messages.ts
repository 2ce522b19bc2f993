import { globSync, readFileSync } from 'node:fs';
import { parseAst } from 'vitest/node';

/** A message that a source file can log. */
export interface LoggedMessage {
  /** `src/agent.ts` */
  readonly file: string;
  /** the name of the logger's method: `trace`, `debug`, `info`, `warn`, `error` or `fatal` */
  readonly level: string;
  /** undefined if the text is not in the file, like that of a warning which another function returns */
  readonly text: string | undefined;
}

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];
/** ProblemLog.report() logs its second argument as a warning. */
const PROBLEM_LEVEL = 'warn';

/** The part of an ESTree node that is read here. */
interface SyntaxNode {
  readonly type: string;
  readonly [key: string]: unknown;
}

/** The expressions that a name can stand for in a file. */
type Values = ReadonlyMap<string, readonly SyntaxNode[]>;

/**
 * Every message that the sources pass to a logger, in `logger.info(…, 'message')` and in the heartbeat's
 * `problems.report(subject, 'message')`. A condition counts as both of its messages. A constant and a parameter count as
 * what they are given in the same file.
 */
export function loggedMessages(pattern = 'src/**/*.ts'): LoggedMessage[] {
  return globSync(pattern, { exclude: ['**/*.d.ts'] })
    .toSorted()
    .flatMap((file) => messagesIn(file, readFileSync(file, 'utf8')));
}

/** @param text TypeScript */
export function messagesIn(file: string, text: string): LoggedMessage[] {
  const nodes = [...nodesBelow(parseAst(text, { lang: 'ts' }))];
  const values = namedValues(nodes);
  const found = nodes.flatMap((node) => {
    const call = logCall(node);
    return call === undefined
      ? []
      : textsOf(call.message, values).map((message) => ({ file, level: call.level, text: message }));
  });
  return found.filter(
    (one, index) => found.findIndex(({ level, text }) => level === one.level && text === one.text) === index,
  );
}

/** @returns the level and the expression of the message if a node is a call of a logger */
function logCall(node: SyntaxNode): { level: string; message: SyntaxNode | undefined } | undefined {
  const callee = nodeAt(node, 'callee');
  const method = nameOf(nodeAt(callee, 'property'));
  if (node.type !== 'CallExpression' || method === undefined) return undefined;
  const given = nodesAt(node, 'arguments');
  const owner = nodeAt(callee, 'object');
  // `logger`, `context.logger` and `this.#parts.logger`
  const ownerName = nameOf(owner?.type === 'MemberExpression' ? nodeAt(owner, 'property') : owner);
  if (ownerName === 'problems' && method === 'report') return { level: PROBLEM_LEVEL, message: given[1] };
  return ownerName === 'logger' && LEVELS.includes(method)
    ? { level: method, message: given.at(-1) }
    : undefined;
}

function textsOf(node: SyntaxNode | undefined, values: Values): (string | undefined)[] {
  switch (node?.type) {
    case 'Literal':
      return [typeof node['value'] === 'string' ? node['value'] : undefined];
    case 'TemplateLiteral':
      return [templateText(node)];
    case 'ConditionalExpression':
      return ['consequent', 'alternate'].flatMap((branch) => textsOf(nodeAt(node, branch), values));
    case 'Identifier':
      return (values.get(nameOf(node) ?? '') ?? [undefined]).flatMap((value) =>
        value?.type === 'Identifier' ? [undefined] : textsOf(value, values),
      );
    default:
      return [undefined];
  }
}

/** Returns a template with `…` in the place of each value. */
const templateText = (node: SyntaxNode): string =>
  nodesAt(node, 'quasis')
    .map((part) => String(nodeAt(part, 'value')?.['cooked'] ?? ''))
    .join('…');

/** The values of constants and the arguments of the functions of the file. Scopes are not distinguished. */
function namedValues(nodes: readonly SyntaxNode[]): Values {
  const functions = new Map(nodes.flatMap(parametersOf));
  const pairs = nodes.flatMap((node): (readonly [string, SyntaxNode])[] => {
    const name = nameOf(nodeAt(node, 'id'));
    const value = nodeAt(node, 'init');
    if (node.type === 'VariableDeclarator' && name !== undefined && value !== undefined)
      return [[name, value]];
    const parameters = functions.get(nameOf(nodeAt(node, 'callee')) ?? '');
    if (node.type !== 'CallExpression' || parameters === undefined) return [];
    const given = nodesAt(node, 'arguments');
    return parameters.flatMap((parameter, index) => {
      const argument = given[index];
      return parameter === undefined || argument === undefined ? [] : [[parameter, argument] as const];
    });
  });
  return new Map(
    [...Map.groupBy(pairs, ([name]) => name)].map(([name, found]) => [name, found.map(([, value]) => value)]),
  );
}

/** A function of the file with the names of its parameters. */
function parametersOf(node: SyntaxNode): [string, (string | undefined)[]][] {
  const name = nameOf(nodeAt(node, 'id'));
  return node.type === 'FunctionDeclaration' && name !== undefined
    ? [[name, nodesAt(node, 'params').map(nameOf)]]
    : [];
}

function* nodesBelow(value: unknown): Generator<SyntaxNode> {
  if (Array.isArray(value)) for (const one of value) yield* nodesBelow(one);
  if (!isNode(value)) return;
  if (typeof value.type === 'string') yield value;
  for (const child of Object.values(value)) yield* nodesBelow(child);
}

function nodeAt(node: SyntaxNode | undefined, key: string): SyntaxNode | undefined {
  const child = node?.[key];
  return isNode(child) ? child : undefined;
}

function nodesAt(node: SyntaxNode, key: string): SyntaxNode[] {
  const children = node[key];
  return Array.isArray(children) ? children.filter(isNode) : [];
}

function nameOf(node: SyntaxNode | undefined): string | undefined {
  return typeof node?.['name'] === 'string' ? node['name'] : undefined;
}

const isNode = (value: unknown): value is SyntaxNode =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
