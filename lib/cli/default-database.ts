/** The database of the command line, unless it or the study says otherwise. */
export const DEFAULT_DATABASE = 'shac.db';
