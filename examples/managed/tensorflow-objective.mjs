/** A multi-layer perceptron out of variables and gradients. What it forgot to dispose of, the engine would. */
import { digits } from './digits.mjs';

const EPOCHS = 8;
const BATCH = 32;
let sets;

/** Once in each worker: these tensors stay. */
export function setup({ session: { tf } }) {
  sets = Object.fromEntries(['train', 'validation', 'test'].map((name) => [name, flat(digits(tf, name))]));
}

const flat = ({ x, y }) => ({ x: x.reshape([x.shape[0], -1]), y });

/** Accuracy on the images that it was not trained with. */
export default (session, params) => accuracy(session, params, sets.validation);

/** The same on images that no evaluation of the search has seen. */
export const heldOut = (session, params) => accuracy(session, params, sets.test);

function train({ tf, seed }, { layers, units, dropout, rate, optimizer, initializer }) {
  const widths = [sets.train.x.shape[1], ...Array(layers).fill(units), 10];
  const weights = widths.slice(1).map((width, layer) => {
    const make = tf.initializers[initializer]({ seed: seed + layer });
    return tf.tidy(() => ({
      kernel: tf.variable(make.apply([widths[layer], width])),
      bias: tf.variable(tf.zeros([width])),
    }));
  });
  const gradients = tf.train[optimizer](rate);
  for (let step = 0; step < (EPOCHS * sets.train.x.shape[0]) / BATCH; step++) {
    const from = (step * BATCH) % (sets.train.x.shape[0] - BATCH + 1);
    tf.tidy(() => {
      const [x, y] = [sets.train.x, sets.train.y].map((all) => all.slice([from, 0], [BATCH, -1]));
      gradients.minimize(() => tf.losses.softmaxCrossEntropy(y, forward(tf, weights, x, dropout)));
    });
  }
  gradients.dispose();
  return weights;
}

function forward(tf, weights, x, dropout = 0) {
  return weights.reduce((input, { kernel, bias }, layer) => {
    const output = tf.add(tf.matMul(input, kernel), bias);
    return layer === weights.length - 1 ? output : tf.dropout(tf.relu(output), dropout);
  }, x);
}

function accuracy(session, params, { x, y }) {
  const { tf } = session;
  const weights = train(session, params);
  const right = () => tf.equal(forward(tf, weights, x).argMax(1), y.argMax(1));
  const share = tf.tidy(() => right().mean().dataSync()[0]);
  tf.dispose(weights);
  return share;
}
