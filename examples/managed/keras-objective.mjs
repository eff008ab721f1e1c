/** A convolutional network of Keras layers. Models that the session makes need not be disposed of. */
import { digits } from './digits.mjs';

const EPOCHS = 5;
let sets;

/** Once in each worker: these tensors stay. */
export function setup({ session: { tf } }) {
  sets = Object.fromEntries(['train', 'validation', 'test'].map((name) => [name, digits(tf, name)]));
}

/** Accuracy on the images that it was not trained with. */
export default async (session, params) => accuracy(session, await train(session, params), sets.validation);

/** The same on images that no evaluation of the search has seen. */
export const heldOut = async (session, params) => accuracy(session, await train(session, params), sets.test);

async function train(session, { layers: depth, filters, units, dropout, rate, optimizer, initializer }) {
  const { tf, layers, callbacks, seed } = session;
  const options = { activation: 'relu', kernelInitializer: initializer };
  const model = session.sequential();
  model.add(layers.conv2d({ filters, kernelSize: 3, strides: 2, inputShape: [14, 14, 1], ...options }));
  model.add(layers.flatten());
  for (let layer = 0; layer < depth; layer++) {
    model.add(layers.dense({ units, ...options }));
    model.add(layers.dropout({ rate: dropout, seed: seed + layer }));
  }
  model.add(layers.dense({ units: 10, activation: 'softmax' }));
  model.compile({ optimizer: tf.train[optimizer](rate), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  const { x, y } = sets.train;
  await model.fit(x, y, {
    epochs: EPOCHS,
    validationData: [sets.validation.x, sets.validation.y],
    verbose: 0,
    callbacks: [
      callbacks.earlyStopping({ monitor: 'val_loss', patience: 2 }),
      new tf.CustomCallback({ onEpochEnd: (epoch, logs) => session.report(epoch, logs.val_acc) }),
    ],
  });
  return model;
}

function accuracy({ tf }, model, { x, y }) {
  return tf.tidy(() => model.evaluate(x, y)[1].dataSync()[0]);
}
