import { ShacTypeError, show } from '../../errors.js';

/** One argument: literal text and, between braces, the names of parameters. */
export type Template = readonly (string | { readonly name: string })[];

/**
 * Reads an argument in which `{name}` stands for a parameter's value, and `{{` and `}}` for braces.
 *
 * @throws ShacTypeError `ERR_INVALID_ARGUMENT` for a brace without its partner.
 */
export function parseTemplate(argument: string): Template {
  const parts: (string | { name: string })[] = [];
  for (const [token, name] of argument.matchAll(/\{\{|\}\}|\{([^{}]+)\}|[^{}]+|[{}]/g)) {
    if (name !== undefined) parts.push({ name });
    else if (token === '{' || token === '}') throw loneBrace(argument, token);
    else parts.push(token === '{{' ? '{' : token === '}}' ? '}' : token);
  }
  return parts;
}

function loneBrace(argument: string, brace: string): ShacTypeError {
  return new ShacTypeError(
    'ERR_INVALID_ARGUMENT',
    `the argument ${show(argument)} has a ${brace} that belongs to no {name}; write ${brace}${brace} for the brace itself`,
  );
}

/** @throws ShacTypeError `ERR_INVALID_ARGUMENT` for a placeholder that is none of `names`. */
export function requireNames(templates: readonly Template[], names: readonly string[]): void {
  for (const part of templates.flat()) {
    if (typeof part === 'string' || names.includes(part.name)) continue;
    throw new ShacTypeError(
      'ERR_INVALID_ARGUMENT',
      `the placeholder {${part.name}} is no parameter; the parameters are ${names.join(', ')}` +
        ' (write {{ and }} for braces themselves)',
    );
  }
}

/**
 * The argument with the parameters' values: strings as they are, all else as JSON.
 *
 * @param find The value of a parameter; undefined of one that is inactive.
 * @returns undefined for an argument that names an inactive parameter: it is left out.
 */
export function fill(template: Template, find: (name: string) => unknown): string | undefined {
  let text = '';
  for (const part of template) {
    const value = typeof part === 'string' ? part : find(part.name);
    if (value === undefined) return undefined;
    text += asText(value);
  }
  return text;
}

/** The value of a parameter; inside of choices, of its keys joined by dots. Undefined of one that is inactive. */
export function valueAt(params: unknown, name: string): unknown {
  if (typeof params !== 'object' || params === null) return undefined;
  if (Object.hasOwn(params, name)) return (params as Record<string, unknown>)[name];
  for (const [key, value] of Object.entries(params)) {
    const found = name.startsWith(`${key}.`) ? valueAt(value, name.slice(key.length + 1)) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function asText(value: unknown): string {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}
