/**
 * The rooms of lib/ by floor, from the top down. A room uses the floors below its own, never one above or beside it, type
 * imports included; no file is part of a circle. `npm run lint` checks it.
 */
const FLOORS = [
  'index.ts',
  'storage.ts',
  'cli/',
  'api/',
  'run/',
  'strategies/',
  'training/',
  'dispatch/',
  'exchange/',
  'store/',
  'observe/',
  'study/',
  'native/',
  'space/',
  'validate.ts',
  'errors.ts',
  'package/',
];

/** Within dispatch/: what each kind of place has, and the registry above them all. */
const DISPATCH = ['registry.ts', '(managed|command|python)/', '(inline|workers)/', 'objective/', 'process/', '[a-z-]+.ts'];

const escaped = (place) => place.replaceAll('.', '\\.');

function floors(root, places) {
  return places.slice(1).map((place, i) => ({
    name: `${root}${place} is below`,
    severity: 'error',
    from: { path: `^${root}${escaped(place)}`, pathNot: places.slice(0, i + 1).map((above) => `^${root}${escaped(above)}`) },
    to: { path: places.slice(0, i + 1).map((above) => `^${root}${escaped(above)}`) },
  }));
}

export default {
  forbidden: [
    { name: 'no circles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'only rooms', severity: 'error', from: {}, to: { path: '^lib/', pathNot: FLOORS.map((place) => `^lib/${escaped(place)}`) } },
    // The package by its own name is its build, which need not be there yet.
    { name: 'nothing unresolved', severity: 'error', from: {}, to: { couldNotResolve: true, pathNot: '^shac(/storage)?$' } },
    ...floors('lib/', FLOORS),
    ...floors('lib/dispatch/', DISPATCH),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: ['node_modules', '^dist'] },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
};
