/** The search spaces of the models of models.py. */
import { discrete, integer, uniform } from 'shac';

const log = { log: true };

/** XGBoost on breast cancer: log loss. */
export const xgboost = {
  n_estimators: integer(10, 100, log),
  learning_rate: uniform(0.01, 1, log),
  max_depth: integer(1, 8),
  min_child_weight: uniform(0.1, 20, log),
  subsample: uniform(0.3, 1),
  colsample_bytree: uniform(0.2, 1),
  reg_lambda: uniform(1e-3, 100, log),
  gamma: uniform(1e-4, 5, log),
};

/** Gradient boosting on diabetes: root mean squared error. `alpha` matters to the loss `huber` only. */
export const gradientBoosting = {
  loss: discrete(['squared_error', 'absolute_error', 'huber']),
  n_estimators: integer(5, 60, log),
  learning_rate: uniform(0.01, 1, log),
  max_depth: integer(1, 6),
  subsample: uniform(0.3, 1),
  max_features: uniform(0.1, 1),
  min_samples_leaf: integer(1, 50, log),
  alpha: uniform(0.5, 0.99),
};

/** A multi-layer perceptron on wine: log loss. `momentum` matters to the solver `sgd` only; a rate may be too large. */
export const neuralNetwork = {
  layers: integer(1, 3),
  units: integer(4, 48, log),
  activation: discrete(['relu', 'tanh', 'logistic', 'identity']),
  solver: discrete(['sgd', 'adam', 'lbfgs']),
  learning_rate_init: uniform(1e-4, 10, log),
  alpha: uniform(1e-6, 10, log),
  batch_size: integer(16, 128, log),
  momentum: uniform(0, 0.99),
};

/** Linear classifiers by stochastic gradient descent on digits: log loss. Some matter beside others only. */
export const linearClassifier = {
  loss: discrete(['log_loss', 'modified_huber']),
  penalty: discrete(['l2', 'l1', 'elasticnet']),
  alpha: uniform(1e-7, 0.1, log),
  l1_ratio: uniform(0, 1),
  learning_rate: discrete(['constant', 'optimal', 'invscaling', 'adaptive']),
  eta0: uniform(1e-4, 10, log),
  power_t: uniform(0.05, 1),
  average: discrete([false, true]),
};

/** A support-vector machine that tells odd digits from even ones: hinge loss. */
export const supportVectors = {
  scaler: discrete(['none', 'range', 'standard']),
  kernel: discrete(['rbf', 'poly', 'sigmoid']),
  C: uniform(1e-3, 1e3, log),
  gamma: uniform(1e-5, 10, log),
  degree: integer(2, 5),
  coef0: uniform(0, 2),
  odd_weight: uniform(0.2, 5, log),
};
