/** A TensorFlow.js network for the digits of scikit-learn: its log loss on images that it was not trained with. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { discrete, integer, uniform } from 'shac';
import { seedRandom } from '../../../dist/dispatch/managed/seeded-random.js';

const TRAIN = 600;
const VALIDATION = 1000;
const EPOCHS = 4;
const SEED = 1;

const log = { log: true };

export const space = {
  layers: integer(1, 2),
  units: integer(8, 48, log),
  activation: discrete(['relu', 'tanh', 'sigmoid', 'elu']),
  initializer: discrete(['glorotUniform', 'heNormal', 'randomNormal']),
  optimizer: discrete(['sgd', 'momentum', 'adam', 'rmsprop']),
  rate: uniform(1e-4, 1, log),
  /** Of the optimizer `momentum` only. */
  momentum: uniform(0, 0.99),
  batch: integer(24, 128, log),
  dropout: uniform(0, 0.5),
  decay: uniform(1e-6, 0.1, log),
};

/** TensorFlow.js of a folder, on its JavaScript back-end: a network so small is not faster on another. */
async function tensorflow(folder) {
  const tf = createRequire(join(folder, 'package.json'))('@tensorflow/tfjs');
  tf.findBackend('cpu').firstUse = false; // of a longer text on other back-ends
  await tf.setBackend('cpu');
  return tf;
}

function makeWeights(tf, { layers, units, initializer }, inputs) {
  const widths = [inputs, ...Array(layers).fill(units), 10];
  return widths.slice(1).map((width, layer) => ({
    kernel: tf.variable(tf.initializers[initializer]({ seed: SEED + layer }).apply([widths[layer], width])),
    bias: tf.variable(tf.zeros([width])),
  }));
}

function forward(tf, weights, x, activation, dropout) {
  return weights.reduce((input, { kernel, bias }, layer) => {
    const output = tf.add(tf.matMul(input, kernel), bias);
    return layer === weights.length - 1 ? output : tf.dropout(tf[activation](output), dropout);
  }, x);
}

const optimizers = {
  sgd: (tf, { rate }) => tf.train.sgd(rate),
  momentum: (tf, { rate, momentum }) => tf.train.momentum(rate, momentum),
  adam: (tf, { rate }) => tf.train.adam(rate),
  rmsprop: (tf, { rate }) => tf.train.rmsprop(rate),
};

function train(tf, params, weights, { x, y }) {
  const optimizer = optimizers[params.optimizer](tf, params);
  const penalty = () => tf.addN(weights.map(({ kernel }) => tf.sum(tf.square(kernel)))).mul(params.decay);
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    for (let from = 0; from < TRAIN; from += params.batch) {
      const size = Math.min(params.batch, TRAIN - from);
      const [images, labels] = [x, y].map((all) => all.slice([from, 0], [size, -1]));
      optimizer.minimize(() => {
        const output = forward(tf, weights, images, params.activation, params.dropout);
        return tf.losses.softmaxCrossEntropy(labels, output).add(penalty());
      });
    }
  }
  optimizer.dispose();
}

function lossOf(tf, params, { training, validation }) {
  const weights = makeWeights(tf, params, training.x.shape[1]);
  train(tf, params, weights, training);
  const output = forward(tf, weights, validation.x, params.activation, 0);
  const [loss] = tf.losses.softmaxCrossEntropy(validation.y, output).dataSync();
  tf.dispose(weights);
  return loss;
}

/**
 * The objective.
 *
 * @param folder where `@tensorflow/tfjs` is installed.
 * @param digits returns a promise of `{ images, labels }`; asked once.
 */
export function network(folder, digits) {
  let ready;
  const prepare = async () => {
    const [tf, { images, labels }] = [await tensorflow(folder), await digits()];
    const part = (from, to) => ({
      x: tf.tensor2d(images.slice(from, to)),
      y: tf.oneHot(labels.slice(from, to), 10).toFloat(),
    });
    return { tf, training: part(0, TRAIN), validation: part(TRAIN, TRAIN + VALIDATION) };
  };
  return async (params) => {
    ready ??= prepare();
    const { tf, ...sets } = await ready;
    // Nothing is awaited until it is restored. Dropout draws from it.
    const restore = seedRandom(SEED);
    try {
      const loss = tf.tidy(() => lossOf(tf, params, sets));
      if (!Number.isFinite(loss)) throw new Error(`the loss is ${loss}: the rate was too large`);
      return loss;
    } finally {
      restore();
    }
  };
}
