import { show } from '../errors.js';
import { invalidRange, invalidType } from './checks.js';
import { type Branches, type ChoiceParameter, isEntry, isPlainObject, problemOf } from './definition.js';
import { PARAMETER_BRAND } from './parameter.js';

/**
 * One of several branches, all equally likely, each with parameters of its own. Its value is an object: the branch's name
 * as `kind`, and beside it the branch's params. `choice({ linear: {}, mlp: { width: integer(8, 64) } })` has the values
 * `{ kind: 'linear' }` and `{ kind: 'mlp', width: 32 }`.
 *
 * The columns of a choice called `head` are `head`, with the kind, and one a parameter of its branches: `head.width`, or
 * `head.mlp.width` where another branch has a parameter of that name too.
 *
 * @param branches - The parameters of each branch, by its name. A branch may have none, and may have a `choice` or `when`;
 *   100 choices can be inside of each other.
 * @throws ShacTypeError or ShacRangeError `ERR_INVALID_PARAMETER` for no branches, a branch that is no plain object of
 *   parameters, or a parameter that is called `kind`.
 */
export function choice<const B extends Branches>(branches: B): ChoiceParameter<B> {
  if (!isPlainObject(branches)) {
    throw invalidType(
      `choice(${show(branches)}): give the branches as one object, as in choice({ linear: {}, mlp: { width: integer(8, 64) } })`,
    );
  }
  const entries = Object.entries(branches);
  if (entries.length === 0) throw invalidRange('choice({}): there must be at least one branch');
  for (const [kind, parameters] of entries) requireBranch(kind, parameters);
  return new Choice(
    Object.freeze(Object.fromEntries(entries.map(([kind, of]) => [kind, Object.freeze({ ...of })]))) as B,
  );
}

function requireBranch(kind: string, parameters: unknown): void {
  const problem = [kind, ...Object.keys(Object(parameters))].map(problemOf).find((one) => one !== undefined);
  if (problem !== undefined) throw invalidRange(`choice: ${problem}`);
  if (!isPlainObject(parameters)) {
    throw invalidType(
      `choice: the branch ${show(kind)} must be an object of parameters ({} for none), not ${show(parameters)}`,
    );
  }
  for (const [name, entry] of Object.entries(parameters)) {
    if (name === 'kind') {
      throw invalidRange(
        `choice: a parameter of the branch ${show(kind)} is called "kind", which is the branch's own name in the params; rename it`,
      );
    }
    if (!isEntry(entry)) {
      throw invalidType(`choice: ${show(name)} of the branch ${show(kind)} is ${show(entry)}, not a parameter`);
    }
  }
}

class Choice<B> implements ChoiceParameter<B> {
  readonly [PARAMETER_BRAND] = 'choice';
  readonly kind = 'choice';
  readonly branches: B;

  constructor(branches: B) {
    this.branches = branches;
  }
}
