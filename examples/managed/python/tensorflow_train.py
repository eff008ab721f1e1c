"""
A small network of TensorFlow 1, as written for PySHAC, that reads scikit-learn's handwritten digits. Only its import is
of today: with `tf` as the compatible half of TensorFlow 2, an evaluation builds in the graph of its session.
"""

import numpy as np
import tensorflow.compat.v1 as tf
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

OPTIMIZERS = {"sgd": tf.train.GradientDescentOptimizer, "adam": tf.train.AdamOptimizer}

images, labels = load_digits(return_X_y=True)
x, x_test, y, y_test = train_test_split(images / 16, labels, test_size=0.4, random_state=0, stratify=labels)


def dense(inputs, units):
    scale = (2 / int(inputs.shape[1])) ** 0.5
    weights = tf.Variable(tf.random_normal([int(inputs.shape[1]), units], stddev=scale))
    return tf.matmul(inputs, weights) + tf.Variable(tf.zeros([units]))


def evaluate(session, worker_id, params):
    image, label = tf.placeholder(tf.float32, [None, 64]), tf.placeholder(tf.int64, [None])
    logits = image
    for _ in range(params["layers"]):
        logits = tf.nn.relu(dense(logits, params["units"]))
    logits = dense(logits, 10)
    loss = tf.losses.sparse_softmax_cross_entropy(label, logits)
    train = OPTIMIZERS[params["optimizer"]](params["lr"]).minimize(loss)
    accuracy = tf.reduce_mean(tf.cast(tf.equal(tf.argmax(logits, 1), label), tf.float32))
    session.run(tf.global_variables_initializer())
    for _ in range(5):
        for batch in np.array_split(np.random.permutation(len(x)), len(x) // 64):
            session.run(train, {image: x[batch], label: y[batch]})
    return session.run(accuracy, {image: x_test, label: y_test})
