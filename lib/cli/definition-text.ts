import {
  type ChoiceDescription,
  type ConditionDescription,
  type EntryDescription,
  prefixes,
  type RangeDescription,
  type SpaceDescription,
} from '../space/index.js';

/** Of a list that is longer, so many values are shown. */
const MOST_LISTED = 20;

/** The names that a `when` can find, by their columns. */
interface Scope {
  readonly names: ReadonlyMap<string, string>;
  /** What is around it. */
  readonly outer: Scope | undefined;
}

/** The parameters of a space, each as it is written in a study file, by name. */
export function definitionOf(space: SpaceDescription): [name: string, text: string][] {
  const names = Object.keys(space);
  const scope: Scope = { names: new Map(names.map((name) => [name, name])), outer: undefined };
  return Object.entries(space).map(([name, of]) => [name, described(of, name, scope)]);
}

function described(of: EntryDescription, column: string, scope: Scope): string {
  switch (of.kind) {
    case 'when':
      return of.conditions.reduceRight(
        (inner, condition) => `when(${conditionText(condition, scope)}, ${inner})`,
        described(of.of, column, scope),
      );
    case 'choice':
      return `choice({ ${branchTexts(of, column, scope).join(', ')} })`;
    case 'multi':
      return `multi(${described(of.of, column, scope)}, ${of.sampleCount})`;
    case 'discrete':
      return `discrete(${listed(of.values)})`;
    case 'normal':
      return `normal(${of.mean}, ${of.std})`;
    case 'custom':
      return 'custom';
    default:
      return `${of.kind}(${of.min}, ${of.max}${optionsOf(of)})`;
  }
}

function branchTexts({ branches }: ChoiceDescription, column: string, outer: Scope): string[] {
  const prefixOf = prefixes(
    column,
    Object.fromEntries(branches.map(({ kind, parameters }) => [kind, Object.fromEntries(parameters)])),
  );
  return branches.map(({ kind, parameters }) => {
    if (parameters.length === 0) return `${kind}: {}`;
    const columnOf = (name: string) => `${prefixOf(kind, name)}${name}`;
    const scope: Scope = { names: new Map(parameters.map(([name]) => [columnOf(name), name])), outer };
    return `${kind}: { ${parameters.map(([name, of]) => `${name}: ${described(of, columnOf(name), scope)}`).join(', ')} }`;
  });
}

/** Of a function, the values for which it holds: that is what is stored of it. */
function conditionText(condition: ConditionDescription, scope: Scope): string {
  const text = 'values' in condition ? valuesText(condition.values) : rangesText(condition.ranges);
  return `${JSON.stringify(nameIn(scope, condition.parent))}, ${text}`;
}

function nameIn(scope: Scope, column: string): string {
  for (let one: Scope | undefined = scope; one !== undefined; one = one.outer) {
    const name = one.names.get(column);
    if (name !== undefined) return name;
  }
  return column;
}

function valuesText(values: readonly unknown[]): string {
  return values.length === 1 ? JSON.stringify(values[0]) : listed(values);
}

function listed(values: readonly unknown[]): string {
  if (values.length <= MOST_LISTED) return JSON.stringify(values);
  return `${JSON.stringify(values.slice(0, MOST_LISTED)).slice(0, -1)}, … ${values.length} in all]`;
}

/** A value or a list of some, but a function where neighbours are among them: there can be many. */
function rangesText(ranges: readonly (readonly [number, number])[]): string {
  if (ranges.every(([from, to]) => from === to)) return valuesText(ranges.map(([from]) => from));
  const texts = ranges.slice(0, MOST_LISTED).map(([from, to]) => {
    if (from === to) return `n === ${from}`;
    const both = `n >= ${from} && n <= ${to}`;
    return ranges.length === 1 ? both : `(${both})`;
  });
  return `(n) => ${texts.join(' || ')}${ranges.length > MOST_LISTED ? ` || … ${ranges.length} ranges in all` : ''}`;
}

function optionsOf({ log, step }: RangeDescription<'uniform' | 'integer'>): string {
  if (step !== undefined) return `, { step: ${step} }`;
  return log ? ', { log: true }' : '';
}
