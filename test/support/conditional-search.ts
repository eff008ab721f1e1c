/** A search in a space with conditions of every form. */
import { choice, custom, discrete, integer, multi, type ParamsOf, SHAC, type ShacOptions, uniform, when } from 'shac';

export const space = {
  momentum: when('optimizer', 'sgd', uniform(0, 0.99)),
  optimizer: discrete(['sgd', 'adam', null]),
  layers: integer(1, 4),
  units: when('layers', (n) => n >= 2, multi(integer(8, 512, { log: true }), 2)),
  head: when(
    'optimizer',
    ['sgd', null],
    choice({
      linear: {},
      mlp: {
        width: integer(8, 64),
        act: discrete(['relu', '', null]),
        angle: when(
          'act',
          [null, ''],
          custom({ name: 'angle', decode: (u) => [360 * u], encode: ([a]: number[]) => (a as number) / 360 }),
        ),
      },
      cnn: { width: multi(integer(1, 9), 2) },
    }),
  ),
};
export type Params = ParamsOf<typeof space>;

/** What is not there costs something. */
export function loss({ momentum = 0.9, layers, units = [8, 8], head = { kind: 'linear' } }: Params): number {
  const width =
    head.kind === 'mlp' ? (head.angle?.[0] ?? 180) / 100 - head.width / 64 : head.kind === 'cnn' ? head.width[0] : 3;
  return (momentum - 0.4) ** 2 + (layers - 2) ** 2 + Math.log((units[0] as number) / 100) ** 2 + (width as number);
}

export function search(options: Partial<ShacOptions<typeof space>> = {}): SHAC<typeof space> {
  return new SHAC(space, {
    totalBudget: 60,
    numBatches: 6,
    objective: 'min',
    seed: 11,
    classifier: { rounds: 10 },
    ...options,
  });
}

/** What is known of the trials of a search, whoever ran them. */
export const results = ({ trials }: SHAC<typeof space>) =>
  trials.map(({ id, params, value, state }) => ({ id, params, value, state }));
