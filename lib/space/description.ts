import type { ConditionDescription, Conditions } from './conditions.js';
import type { Field, Group } from './layout.js';
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
