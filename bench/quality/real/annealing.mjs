/** Settings of simulated annealing for the travelling salesman: the mean length of its tours of some maps. */
import { discrete, integer, uniform } from 'shac';
import { seedRandom } from '../../../dist/dispatch/managed/seeded-random.js';

const CITIES = 100;
const MAPS = 4;
const STEPS = 20_000;
const SEED = 1;

const log = { log: true };

export const space = {
  /** The first temperature, in sides of a map, and the last as a share of it. */
  start: uniform(1e-3, 10, log),
  fall: uniform(1e-6, 1, log),
  cooling: discrete(['exponential', 'linear', 'steps']),
  /** How many temperatures the cooling in steps has. */
  levels: integer(2, 200, log),
  tour: discrete(['random', 'nearest']),
  /** How often each of the three moves is tried, as weights. */
  reverse: uniform(0.01, 1),
  rotate: uniform(0.01, 1),
  swap: uniform(0.01, 1),
  /** The longest part of the tour that a move changes. */
  reach: integer(2, CITIES / 2, log),
  /** After this share of the steps without a better tour it goes on from the best. */
  patience: uniform(0.01, 1, log),
};

const below = (n) => Math.floor(Math.random() * n);

/** Distances between cities that are spread over a square. */
function map() {
  const cities = Array.from({ length: CITIES }, () => [Math.random(), Math.random()]);
  return cities.map(([x, y]) => Float64Array.from(cities, ([u, v]) => Math.hypot(x - u, y - v)));
}

function firstTour(kind, distance) {
  const tour = [0];
  const left = Array.from({ length: CITIES - 1 }, (_, i) => i + 1);
  const nearest = (from) => left.reduce((best, city, i) => (from[city] < from[left[best]] ? i : best), 0);
  while (left.length > 0)
    tour.push(...left.splice(kind === 'random' ? below(left.length) : nearest(distance[tour.at(-1)]), 1));
  return Uint8Array.from(tour);
}

/** The length of the tour between two places; the place after the last is the first. */
function lengthBetween(tour, distance, from, to) {
  let sum = 0;
  for (let i = from; i < to; i++) sum += distance[tour[i]][tour[(i + 1) % CITIES]];
  return sum;
}

/** What a move does to a part of the tour. */
const MOVES = {
  reverse: (part) => part.reverse(),
  rotate: (part) => {
    const [first] = part;
    part.copyWithin(0, 1);
    part[part.length - 1] = first;
  },
  swap: (part) => {
    const [first] = part;
    part[0] = part[part.length - 1];
    part[part.length - 1] = first;
  },
};

function pickMove({ reverse, rotate, swap }) {
  const at = Math.random() * (reverse + rotate + swap);
  if (at < reverse) return MOVES.reverse;
  return at < reverse + rotate ? MOVES.rotate : MOVES.swap;
}

/** The temperature when a share of the steps is done. */
function temperature({ start, fall, cooling, levels }, share) {
  if (cooling === 'linear') return start * (1 - (1 - fall) * share);
  return start * fall ** (cooling === 'steps' ? Math.floor(share * levels) / levels : share);
}

/** The length of the best tour that was found. */
function anneal(distance, settings) {
  const tour = firstTour(settings.tour, distance);
  let length = lengthBetween(tour, distance, 0, CITIES);
  let best = { tour: tour.slice(), length, step: 0 };
  for (let step = 0; step < STEPS; step++) {
    // The first city stays where it is: a tour has no beginning.
    const from = 1 + below(CITIES - 2);
    const to = Math.min(CITIES, from + 2 + below(settings.reach - 1));
    const part = tour.subarray(from, to);
    const before = lengthBetween(tour, distance, from - 1, to);
    const undo = part.slice();
    pickMove(settings)(part);
    const longer = lengthBetween(tour, distance, from - 1, to) - before;
    if (longer > 0 && Math.random() >= Math.exp(-longer / temperature(settings, step / STEPS))) {
      part.set(undo);
    } else {
      length += longer;
      if (length < best.length) best = { tour: tour.slice(), length, step };
    }
    if (step - best.step > settings.patience * STEPS) {
      tour.set(best.tour);
      length = best.length;
      best.step = step;
    }
  }
  return best.length;
}

/** The objective. Its random numbers, those of the maps first, are the same for all settings. */
export function annealing() {
  return (settings) => {
    const restore = seedRandom(SEED);
    try {
      const maps = Array.from({ length: MAPS }, map);
      return maps.reduce((sum, distance) => sum + anneal(distance, settings), 0) / MAPS;
    } finally {
      restore();
    }
  };
}
