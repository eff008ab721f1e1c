import { toIsoOffset } from './datetime.js';
import { DIRECTIONS, OPERATION, STATES } from './journal-operations.js';
import { Float, formatPythonJson } from './python-json.js';
import type { ExchangeStudy, ExchangeTrial } from './study.js';

/** Optuna compares it with its own, and acts on what others wrote as on what was there before. */
const WORKER = 'shac';
/** The first study of a journal; the file that is written has no other. */
const STUDY_ID = 0;

/** A study as the lines of a file of Optuna's JournalStorage. */
export async function* journalLines(study: ExchangeStudy): AsyncGenerator<string> {
  const { createStudy, setStudyUserAttribute, setStudySystemAttribute } = OPERATION;
  const directions = [DIRECTIONS.indexOf(study.objective)];
  yield line(createStudy, { study_name: study.name, directions });
  for (const [key, value] of Object.entries(study.userAttributes)) {
    yield line(setStudyUserAttribute, { study_id: STUDY_ID, user_attr: { [key]: value } });
  }
  for (const [key, value] of Object.entries(study.systemAttributes)) {
    yield line(setStudySystemAttribute, { study_id: STUDY_ID, system_attr: { [key]: value } });
  }
  for await (const trial of study.trials()) yield trialLine(trial);
}

/** A trial as it is: Optuna makes one from a template in the same way. */
function trialLine(trial: ExchangeTrial): string {
  const params = [...trial.params];
  return line(OPERATION.createTrial, {
    study_id: STUDY_ID,
    datetime_start: toIsoOffset(trial.started),
    state: STATES.indexOf(trial.state),
    value: trial.value === null ? null : new Float(trial.value),
    values: null,
    datetime_complete: toIsoOffset(trial.completed) ?? undefined, // Optuna does not expect null here
    distributions: Object.fromEntries(params.map(([column, { stored }]) => [column, stored.distribution])),
    params: Object.fromEntries(params.map(([column, { stored }]) => [column, new Float(stored.real)])),
    user_attrs: trial.userAttributes,
    system_attrs: trial.systemAttributes,
    intermediate_values: Object.fromEntries(
      [...trial.intermediateValues].map(([step, value]) => [step, new Float(value)]),
    ),
  });
}

function line(operation: number, fields: Record<string, unknown>): string {
  return `${formatPythonJson({ op_code: operation, worker_id: WORKER, ...fields })}\n`;
}
