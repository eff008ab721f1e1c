import { backends } from '../support/backends.js';
import { dispatcherContract } from '../support/dispatcher-contract.js';
import { ownDispatcher } from '../support/own-dispatcher.js';

for (const { name, objective, evaluatorBackend, can } of backends) {
  dispatcherContract(name, objective, { evaluatorBackend, can });
}

dispatcherContract("a dispatcher of the user's own", async (fixture) => ownDispatcher(fixture), {
  can: new Set(['reports', 'clones']),
});
