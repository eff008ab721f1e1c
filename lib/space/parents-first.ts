/**
 * Coordinates in their order, but each after those that it depends on. However long the chains are: there is no recursion.
 *
 * @param parentsOf Asked once for each coordinate.
 * @param onCircle Called for coordinates that depend on each other, the first of them again at the end.
 */
export function parentsFirst(
  count: number,
  parentsOf: (coordinate: number) => readonly number[],
  onCircle?: (circle: readonly number[]) => never,
): number[] {
  const done = new Set<number>();
  /** The coordinates on the way to the one that is looked at, each with its parents that are left. */
  const way = new Map<number, Iterator<number>>();
  const stack: number[] = [];
  const enter = (coordinate: number) => {
    way.set(coordinate, parentsOf(coordinate)[Symbol.iterator]());
    stack.push(coordinate);
  };
  for (let i = 0; i < count; i++) {
    if (!done.has(i)) enter(i);
    while (stack.length > 0) {
      const coordinate = stack.at(-1) as number;
      const { value: parent, done: isLast } = (way.get(coordinate) as Iterator<number>).next();
      if (isLast) {
        way.delete(coordinate);
        stack.pop();
        done.add(coordinate);
      } else if (way.has(parent)) {
        onCircle?.([...stack.slice(stack.indexOf(parent)), parent]);
      } else if (!done.has(parent)) {
        enter(parent);
      }
    }
  }
  return [...done];
}
