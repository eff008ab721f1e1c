/** Seeded random numbers, so that problems, their noise and random search are the same in every run. */
import { coordinatesOf, isActive } from './coordinates.mjs';

/** A whole number below 2^32 from any text (FNV-1a). */
export function seedOf(text) {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** A generator of numbers in [0, 1) (Mulberry32), for a text that names what they are for. */
export function randomFor(text) {
  let state = seedOf(text);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A standard normal number (Box and Muller). */
export function gaussian(random) {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Params drawn from a space: of each coordinate one number, whether it is active or not. */
export function drawParams(space, random) {
  const { coordinates, paramsOf } = coordinatesOf(space);
  const drawn = {};
  const values = coordinates.map((coordinate) => {
    const value = draw(coordinate.parameter, random());
    if (!isActive(coordinate, drawn)) return undefined;
    drawn[coordinate.column] = value;
    return value;
  });
  return paramsOf(values);
}

function draw({ kind, min, max, log, values }, u) {
  if (kind === 'discrete') return values[Math.floor(u * values.length)];
  if (kind !== 'integer' && kind !== 'uniform') throw new Error(`quality cannot draw a parameter of kind ${kind}`);
  const half = kind === 'integer' ? 0.5 : 0;
  const [low, high] = [min - half, max + half];
  const x = log ? low * (high / low) ** u : low + u * (high - low);
  const inside = Math.min(Math.max(x, min), max);
  return kind === 'integer' ? Math.round(inside) : inside;
}
