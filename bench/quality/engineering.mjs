/**
 * Design problems of mechanical engineering, with whole numbers among their parameters. A broken constraint costs 10^5
 * times the share by which it is broken. Optima: Cagnina et al. 2008 (speed reducer), Yang et al. 2013 (vessel).
 */
import { integer, uniform } from 'shac';

const penalty = (constraints) => constraints.reduce((total, value) => total + 1e5 * Math.max(0, value), 0);

/** Golinski's speed reducer: the weight of a gear box, in kilograms. */
export const speedReducer = {
  space: {
    faceWidth: uniform(2.6, 3.6),
    module: uniform(0.7, 0.8),
    teeth: integer(17, 28),
    length1: uniform(7.3, 8.3),
    length2: uniform(7.3, 8.3),
    diameter1: uniform(2.9, 3.9),
    diameter2: uniform(5, 5.5),
  },
  optimum: 2994.4710661,
  at: {
    faceWidth: 3.5,
    module: 0.7,
    teeth: 17,
    length1: 7.3,
    length2: 7.7153199115,
    diameter1: 3.3502146661,
    diameter2: 5.286654465,
  },
  exact: ({ faceWidth: b, module: m, teeth: z, length1: l1, length2: l2, diameter1: d1, diameter2: d2 }) =>
    0.7854 * b * m ** 2 * (3.3333 * z ** 2 + 14.9334 * z - 43.0934) -
    1.508 * b * (d1 ** 2 + d2 ** 2) +
    7.4777 * (d1 ** 3 + d2 ** 3) +
    0.7854 * (l1 * d1 ** 2 + l2 * d2 ** 2) +
    penalty([
      27 / (b * m ** 2 * z) - 1,
      397.5 / (b * m ** 2 * z ** 2) - 1,
      (1.93 * l1 ** 3) / (m * z * d1 ** 4) - 1,
      (1.93 * l2 ** 3) / (m * z * d2 ** 4) - 1,
      Math.sqrt(((745 * l1) / (m * z)) ** 2 + 16.9e6) / (110 * d1 ** 3) - 1,
      Math.sqrt(((745 * l2) / (m * z)) ** 2 + 157.5e6) / (85 * d2 ** 3) - 1,
      (m * z) / 40 - 1,
      (5 * m) / b - 1,
      b / (12 * m) - 1,
      (1.5 * d1 + 1.9) / l1 - 1,
      (1.1 * d2 + 1.9) / l2 - 1,
    ]),
};

/** Kannan and Kramer's pressure vessel: its cost; plates come in sixteenths of an inch. */
export const pressureVessel = {
  space: {
    shell: integer(1, 99),
    head: integer(1, 99),
    radius: uniform(10, 200),
    length: uniform(10, 200),
  },
  optimum: 6059.714335,
  at: { shell: 13, head: 7, radius: 42.0984455958, length: 176.6365958424 },
  exact: ({ shell, head, radius: r, length: l }) => {
    const s = shell / 16;
    const h = head / 16;
    const cost = 0.6224 * s * r * l + 1.7781 * h * r ** 2 + 3.1661 * s ** 2 * l + 19.84 * s ** 2 * r;
    const volume = Math.PI * r ** 2 * l + (4 / 3) * Math.PI * r ** 3;
    return cost + penalty([(0.0193 * r) / s - 1, (0.00954 * r) / h - 1, 1 - volume / 1_296_000]);
  },
};
