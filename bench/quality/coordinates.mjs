/** A problem's space as peers and random search see it: a list of coordinates, each with what it depends on. */
import { SearchSpace } from 'shac';

const known = new WeakMap();

/**
 * The coordinates of a space, parents before what depends on them: `{ column, parameter, conditions }`. `parameter` is plain
 * JSON; a coordinate is active where each of `conditions`, `{ parent, values }`, finds the value of an active parent, a
 * column, in its list. `paramsOf(values)` makes params of one value a coordinate, undefined where it is inactive.
 */
export function coordinatesOf(space) {
  if (!known.has(space)) known.set(space, read(new SearchSpace(space)));
  return known.get(space);
}

function read(space) {
  const depths = space.conditions.map((_, i) => depthOf(space, i));
  const order = depths.map((_, i) => i).sort((a, b) => depths[a] - depths[b] || a - b);
  const coordinates = order.map((i) => ({
    column: space.columns[i],
    parameter: space.coordinates[i].parameter.describe(),
    conditions: (space.conditions[i] ?? []).map((condition) => readCondition(space, condition)),
  }));
  const places = order.map((_, i) => order.indexOf(i));
  const paramsOf = (values) => space.fromValues(places.map((place) => values[place]));
  return { coordinates, paramsOf };
}

/** How many parents are above a coordinate. */
function depthOf(space, i) {
  return (space.conditions[i] ?? []).reduce((depth, { parent }) => Math.max(depth, 1 + depthOf(space, parent)), 0);
}

/** A parent that is conditional itself has codes above that of "inactive", which is 0. */
function readCondition(space, { parent, codes }) {
  const { parameter } = space.coordinates[parent];
  const first = space.conditions[parent] === null ? 0 : 1;
  const values = Array.from({ length: parameter.levels }, (_, code) => code)
    .filter((code) => codes[first + code] === 1)
    .map((code) => parameter.decode(code, 0));
  return { parent: space.columns[parent], values: [...new Set(values)] };
}

/** Whether a coordinate is active beside values by column; those of inactive coordinates are undefined. */
export function isActive({ conditions }, beside) {
  return conditions.every(({ parent, values }) => values.includes(beside[parent]));
}

/** Whether some parameters of a space are there for some values of others only. */
export function isConditional(space) {
  return coordinatesOf(space).coordinates.some(({ conditions }) => conditions.length > 0);
}
