/**
 * Makes `Math.random` follow from a seed until the function that it returns is called: TensorFlow.js draws from it wherever
 * it is given no seed (initializers, dropout, the order of the samples in `fit`), and has no seed of its own to set.
 */
export function seedRandom(seed: number): () => void {
  const { random } = Math;
  const seeded = generator(seed);
  Math.random = seeded;
  return () => {
    if (Math.random === seeded) Math.random = random;
  };
}

/** SplitMix32 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014, with 32-bit constants), twice a number. */
function generator(seed: number): () => number {
  let state = seed | 0;
  const next = () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
  // 53 bits, as the one of V8: TensorFlow.js seeds whole streams from one number.
  return () => ((next() >>> 5) * 2 ** 26 + (next() >>> 6)) / 2 ** 53;
}
