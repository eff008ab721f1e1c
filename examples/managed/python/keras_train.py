"""A small network of Keras that tells scikit-learn's wines apart; its accuracy on wines it was not trained on."""

import keras
from shac import report
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

features, labels = load_wine(return_X_y=True)
x, x_test, y, y_test = train_test_split(features, labels, test_size=0.5, random_state=0, stratify=labels)
scaler = StandardScaler().fit(x)
x, x_test = scaler.transform(x), scaler.transform(x_test)


class Report(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        report(logs["val_accuracy"], step=epoch)


def evaluate(session, worker_id, params):
    model = keras.Sequential([keras.Input((x.shape[1],))])
    for _ in range(params["layers"]):
        model.add(keras.layers.Dense(params["units"], activation="relu", kernel_initializer=params["initializer"]))
        model.add(keras.layers.Dropout(params["dropout"]))
    model.add(keras.layers.Dense(3, activation="softmax"))
    optimizer = keras.optimizers.get({"class_name": params["optimizer"], "config": {"learning_rate": params["lr"]}})
    model.compile(optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    test = (x_test, y_test)
    history = model.fit(x, y, batch_size=16, epochs=4, validation_data=test, callbacks=[Report()], verbose=0)
    return history.history["val_accuracy"][-1]
