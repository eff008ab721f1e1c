import type { ConditionDescription, Conditions } from './conditions.js';
import { type Field, type Group, prefixes } from './layout.js';
import { isSampleCount } from './multi.js';
import type { MultiParameterDescription, ParameterDescription } from './parameter.js';

/** What a `choice` is, in plain JSON. */
export interface ChoiceDescription {
  readonly kind: 'choice';
  /** In order, each with its parameters in their order. */
  readonly branches: readonly {
    readonly kind: string;
    readonly parameters: readonly (readonly [name: string, description: EntryDescription])[];
  }[];
}

/** What a conditional parameter is, in plain JSON. */
export interface ConditionalDescription {
  readonly kind: 'when';
  /** All of them must hold. Parents are named by their columns. */
  readonly conditions: readonly ConditionDescription[];
  readonly of: ParameterDescription | MultiParameterDescription | ChoiceDescription;
}

/** What a name of a space stands for, in plain JSON. */
export type EntryDescription =
  | ParameterDescription
  | MultiParameterDescription
  | ChoiceDescription
  | ConditionalDescription;

/** What a space is, in plain JSON; two spaces are the same if and only if these are deeply equal, in the same order. */
export type SpaceDescription = Record<string, EntryDescription>;

/** The description of a space. */
export function describedSpace(root: Group, conditions: Conditions): SpaceDescription {
  return Object.fromEntries(entriesOf(root, conditions));
}

function entriesOf({ fields }: Group, rules: Conditions): [string, EntryDescription][] {
  return [...fields].map(([name, field]) => {
    const of = describedEntry(field, rules);
    const conditions = rules.describe(field);
    return [name, conditions.length === 0 ? of : { kind: 'when', conditions, of }];
  });
}

function describedEntry({ entry, branches }: Field, rules: Conditions): ConditionalDescription['of'] {
  if (branches === undefined) return (entry as Exclude<Field['entry'], { kind: 'choice' }>).describe();
  const parts = [...branches].map(([kind, group]) => ({ kind, parameters: entriesOf(group, rules) }));
  return { kind: 'choice', branches: parts };
}

/** What a description says of a coordinate. */
export interface DescribedColumn {
  readonly column: string;
  /** Its keys in the params object; of a `choice`, up to its `kind`. */
  readonly path: readonly string[];
  /** Of a `multi`. */
  readonly siblings: readonly string[] | undefined;
  readonly isConditional: boolean;
  readonly of: ParameterDescription;
}

/** The coordinates of a space that is known by its description alone, in order. It may be of a file, which may say anything. */
export function describedColumns(space: unknown): DescribedColumn[] {
  return Object.entries(Object(space) as object).flatMap(([name, of]) => columnsOf(of, name, [name], false));
}

function columnsOf(given: unknown, name: string, path: readonly string[], inside: boolean): DescribedColumn[] {
  const outer = Object(given) as Partial<EntryDescription>;
  const isConditional = inside || outer.kind === 'when';
  const of = Object(outer.kind === 'when' ? outer.of : outer) as Partial<EntryDescription>;
  if (typeof of.kind !== 'string' || of.kind === 'when') return [];
  if (of.kind === 'multi') {
    if (!isSampleCount(of.sampleCount) || typeof of.of?.kind !== 'string') return [];
    const siblings = Array.from({ length: of.sampleCount as number }, (_, index) => `${name}_${index + 1}`);
    return siblings.map((column) => ({ column, path, siblings, isConditional, of: of.of as ParameterDescription }));
  }
  if (of.kind !== 'choice') {
    return [{ column: name, path, siblings: undefined, isConditional, of: of as ParameterDescription }];
  }
  const branches = branchesOf(of);
  const prefixOf = prefixes(name, Object.fromEntries(branches));
  const kinds: ParameterDescription = { kind: 'discrete', values: branches.map(([kind]) => kind) };
  const own = { column: name, path: [...path, 'kind'], siblings: undefined, isConditional, of: kinds };
  const inner = branches.flatMap(([kind, parameters]) =>
    Object.entries(parameters).flatMap(([key, entry]) =>
      columnsOf(entry, `${prefixOf(kind, key)}${key}`, [...path, key], true),
    ),
  );
  return [own, ...inner];
}

function branchesOf({ branches }: Partial<ChoiceDescription>): [kind: string, parameters: Record<string, unknown>][] {
  if (!Array.isArray(branches)) return [];
  return branches.map((branch: unknown) => {
    const { kind, parameters } = Object(branch) as Record<string, unknown>;
    const entries = Array.isArray(parameters) ? parameters.filter(Array.isArray) : [];
    return [String(kind), Object.fromEntries(entries) as Record<string, unknown>];
  });
}
