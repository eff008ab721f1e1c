import { ShacTypeError, show } from '../errors.js';
import { brandOf, type DiscreteValue, type MultiParameter, type Parameter } from './parameter.js';

/** A parameter that is there only for some values of another one. Made by `when`. */
export interface ConditionalParameter<E = unknown, N extends string = string, C = unknown> {
  readonly kind: 'when';
  /** The name of the parameter that it depends on. */
  readonly parent: N;
  /** The value or the values of the parent for which it is there, or a function that says so of each. */
  readonly condition: C;
  /** What it is then. */
  readonly parameter: E;
}

/** One of several branches, each with parameters of its own. Made by `choice`. */
export interface ChoiceParameter<B = unknown> {
  readonly kind: 'choice';
  /** The parameters of each branch, by the branch's name. */
  readonly branches: B;
}

/** What a name of a space may stand for. */
export type SpaceEntry = Parameter<unknown> | MultiParameter<unknown> | ChoiceParameter | ConditionalParameter;

/** The names and parameters of a search space, as the user writes them. */
export type SpaceDefinition = { [name: string]: SpaceEntry };

/** The branches of a `choice`: the parameters of each, by its name. A branch may have none. */
export type Branches = { readonly [kind: string]: { readonly [name: string]: SpaceEntry } };

/** The value that an entry of a space stands for. */
export type ValueOf<E> =
  E extends ConditionalParameter<infer I>
    ? ValueOf<I>
    : E extends ChoiceParameter<infer B>
      ? BranchValue<B>
      : E extends MultiParameter<infer T>
        ? T[]
        : E extends Parameter<infer T>
          ? T
          : never;

/** One object type a branch, told apart by `kind`. */
type BranchValue<B> = { [K in keyof B]: Merged<{ kind: K } & ParamsOf<B[K]>> }[keyof B];

/** One object type in place of an intersection of some. */
type Merged<T> = { [K in keyof T]: T[K] };

/**
 * The params object that a space definition stands for: a value a name, an array for a `multi`, for a `choice` an object
 * with the branch's name as `kind` and the branch's params beside it. What is made by `when` may be missing.
 */
export type ParamsOf<D> = Merged<
  { -readonly [K in keyof D as D[K] extends ConditionalParameter ? never : K]: ValueOf<D[K]> } & {
    -readonly [K in keyof D as D[K] extends ConditionalParameter ? K : never]?: ValueOf<D[K]>;
  }
>;

/** What `when` may say of a parent with values `V`. */
type ConditionOn<V> = V | readonly V[] | ((value: V) => boolean);

/** The values that an entry has as a parent of others; never for one that cannot be a parent. */
type ParentValue<E> =
  E extends ConditionalParameter<infer I>
    ? ParentValue<I>
    : E extends ChoiceParameter<infer B>
      ? keyof B
      : E extends Parameter<infer T>
        ? T extends DiscreteValue
          ? T
          : never
        : never;

/** The names that can be parents: any, where the compiler does not know all names, as of a space that a loop made. */
type ParentName<Scope> = string extends keyof Scope
  ? string
  : {
      [K in keyof Scope]: [ParentValue<Scope[K]>] extends [never] ? never : K;
    }[keyof Scope] &
      string;

/** What `when` may say of the parent `N`: anything, where the compiler does not know all names. */
type ConditionOf<N, Scope> = string extends keyof Scope
  ? unknown
  : N extends keyof Scope
    ? ConditionOn<ParentValue<Scope[N]>>
    : unknown;

/** A definition, checked by the compiler: its conditions are on parameters that there are, and on values that they have. */
export type CheckedSpace<D extends SpaceDefinition> = D & CheckedDefinition<D>;

/**
 * `D`, where each `when` names a parent that there is, and values that the parent has; a type that `D` does not fit where
 * one does not.
 */
type CheckedDefinition<D, Scope = D> = { readonly [K in keyof D]: CheckedEntry<D[K], Scope> };

type CheckedEntry<E, Scope> =
  E extends ConditionalParameter<infer I, infer N>
    ? string extends N
      ? E
      : ConditionalParameter<CheckedEntry<I, Scope>, ParentName<Scope>, ConditionOf<N, Scope>>
    : E extends ChoiceParameter<infer B>
      ? unknown extends B
        ? E
        : ChoiceParameter<{ readonly [K in keyof B]: CheckedDefinition<B[K], Omit<Scope, keyof B[K]> & B[K]> }>
      : E;

/** True for what `choice` returned. */
export function isChoice(value: unknown): value is ChoiceParameter<Branches> {
  return brandOf(value) === 'choice';
}

/** True for what `when` returned. */
export function isConditional(value: unknown): value is ConditionalParameter<SpaceEntry> {
  return brandOf(value) === 'when';
}

/** True for whatever one of our constructors returned. */
export function isEntry(value: unknown): value is SpaceEntry {
  return brandOf(value) !== undefined;
}

/** An object literal, of whatever realm, or an object without a prototype; no parameter. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || isEntry(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // Object.prototype of any realm, or none.
  return prototype === null || (Object.getPrototypeOf(prototype) === null && !Array.isArray(value));
}

/** Why nothing can have this name, and what to do; undefined for one that is fine. */
export function problemOf(name: string): string | undefined {
  // An assignment to params.__proto__ would set the prototype instead of a key.
  if (name === '' || name === '__proto__') return `a parameter cannot be called ${show(name)}; rename it`;
  // Files are UTF-8, which has no form for half of a surrogate pair.
  if (/\p{Surrogate}/u.test(name)) return `the name ${show(name)} is no well-formed Unicode; rename it`;
  return undefined;
}

/** @throws ShacTypeError `ERR_INVALID_SPACE` for what is no plain object of parameters, and for names that none can have. */
export function requireDefinition(definition: unknown): SpaceDefinition {
  if (!isPlainObject(definition)) {
    throw invalidSpace(
      `the search space must be a plain object of parameters, as in { x: uniform(0, 1) }, not ${show(definition)}`,
    );
  }
  const entries = Object.entries(definition);
  if (entries.length === 0) throw invalidSpace('the search space is empty; give it at least one parameter');
  for (const [name, entry] of entries) {
    const problem = problemOf(name);
    if (problem !== undefined) throw invalidSpace(problem);
    if (name === 'id' || name === 'scores') {
      throw invalidSpace(`a parameter cannot be called ${show(name)}: data sets have a column of that name; rename it`);
    }
    if (!isEntry(entry)) {
      throw invalidSpace(
        `${show(name)} is ${show(entry)}, not a parameter; use uniform, normal, integer, discrete, custom, multi, choice or when`,
      );
    }
  }
  return definition as SpaceDefinition;
}

function invalidSpace(message: string): ShacTypeError {
  return new ShacTypeError('ERR_INVALID_SPACE', message);
}
