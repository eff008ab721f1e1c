/** The search spaces of the models of conditional_models.py. */
import { choice, discrete, integer, uniform, when } from 'shac';

const log = { log: true };

/** Which classifier of scikit-learn, with the parameters of each: log loss. */
export const classifiers = {
  scaled: discrete([false, true]),
  model: choice({
    forest: {
      n_estimators: integer(5, 60, log),
      criterion: discrete(['gini', 'entropy']),
      max_depth: integer(1, 16),
      max_features: uniform(0.05, 1),
      min_samples_leaf: integer(1, 20, log),
    },
    boosting: {
      n_estimators: integer(5, 50, log),
      learning_rate: uniform(0.01, 1, log),
      max_depth: integer(1, 4),
      subsample: uniform(0.3, 1),
      max_features: uniform(0.05, 1),
    },
    vectors: {
      C: uniform(1e-3, 1e3, log),
      kernel: discrete(['linear', 'rbf', 'poly']),
      gamma: when('kernel', ['rbf', 'poly'], uniform(1e-5, 10, log)),
      degree: when('kernel', 'poly', integer(2, 4)),
      coef0: when('kernel', 'poly', uniform(0, 2)),
    },
    neighbors: {
      n_neighbors: integer(1, 50, log),
      weights: discrete(['uniform', 'distance']),
      p: discrete([1, 2]),
    },
    logistic: { C: uniform(1e-4, 1e3, log), l1_ratio: uniform(0, 1) },
  }),
};

/** XGBoost's boosters: root mean squared error. Trees have parameters that the linear one has not, and `dart` further ones. */
const ofTrees = (parameter) => when('booster', ['gbtree', 'dart'], parameter);
const ofDart = (parameter) => when('booster', 'dart', parameter);
const ofLinear = (parameter) => when('booster', 'gblinear', parameter);

export const boosters = {
  booster: discrete(['gbtree', 'dart', 'gblinear']),
  n_estimators: integer(5, 80, log),
  learning_rate: uniform(0.01, 1, log),
  reg_lambda: uniform(1e-3, 100, log),
  reg_alpha: uniform(1e-3, 10, log),
  max_depth: ofTrees(integer(1, 8)),
  min_child_weight: ofTrees(uniform(0.1, 50, log)),
  subsample: ofTrees(uniform(0.3, 1)),
  colsample_bytree: ofTrees(uniform(0.2, 1)),
  sample_type: ofDart(discrete(['uniform', 'weighted'])),
  normalize_type: ofDart(discrete(['tree', 'forest'])),
  rate_drop: ofDart(uniform(0.01, 0.9, log)),
  skip_drop: ofDart(uniform(0, 0.9)),
  feature_selector: ofLinear(discrete(['cyclic', 'shuffle', 'greedy', 'thrifty'])),
  top_k: when('feature_selector', ['greedy', 'thrifty'], integer(1, 10)),
};

/** A perceptron with a width for each layer that there is, and what each solver has of its own: log loss. */
export const layers = {
  layers: integer(1, 4),
  width1: integer(4, 48, log),
  width2: when('layers', (n) => n >= 2, integer(4, 48, log)),
  width3: when('layers', (n) => n >= 3, integer(4, 48, log)),
  width4: when('layers', 4, integer(4, 48, log)),
  activation: discrete(['relu', 'tanh', 'logistic']),
  alpha: uniform(1e-6, 10, log),
  solver: choice({
    lbfgs: {},
    sgd: {
      learning_rate_init: uniform(1e-4, 10, log),
      batch_size: integer(16, 128, log),
      momentum: uniform(0, 0.99),
      nesterovs_momentum: discrete([false, true]),
    },
    adam: {
      learning_rate_init: uniform(1e-5, 1, log),
      batch_size: integer(16, 128, log),
      beta_1: uniform(0.5, 0.99),
      beta_2: uniform(0.9, 0.9999),
    },
  }),
};
