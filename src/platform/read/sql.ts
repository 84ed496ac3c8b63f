import { actorOf, type Viewer } from '../../kernel/viewer.js';

/** Who asks, and on which business date (YYYY-MM-DD): what the parameters of a compiled statement are filled from. */
export interface Ask {
  readonly viewer: Viewer;
  readonly today: string;
}

/** A parameter of a statement. One object is one parameter, however often it stands in the text. */
export class Binding {
  constructor(readonly valueFor: (ask: Ask) => unknown) {}
}

/** A column that the entity's metadata knows. `origin` is `Entity.property`: field rights follow from it. */
export class ColumnRef {
  constructor(
    readonly text: string,
    readonly origin: string,
  ) {}
}

type Part = string | Binding | ColumnRef;

/** A piece of SQL whose values are parameters. */
export class Sql {
  constructor(readonly parts: readonly Part[]) {}
}

export type SqlValue = Sql | string | number | boolean | Date | null | readonly unknown[];

/** SQL as a template: pieces of SQL are put in as they are, every other value becomes a parameter. */
export function sql(strings: TemplateStringsArray, ...values: readonly SqlValue[]): Sql {
  const parts: Part[] = [];
  strings.forEach((text, index) => {
    if (text !== '') parts.push(text);
    if (index >= values.length) return;
    const value = values[index];
    // A column that the entity does not have would silently become the parameter NULL.
    if (value === undefined) throw new Error(`Nothing stands in the SQL behind: ${text.slice(-60)}`);
    if (value instanceof Sql) parts.push(...value.parts);
    else parts.push(new Binding(() => value));
  });
  return new Sql(parts);
}

/** Text of the program itself, never of a client. */
export const raw = (text: string): Sql => new Sql([text]);

export function join(pieces: readonly Sql[], separator: string): Sql {
  return new Sql(pieces.flatMap((piece, index) => (index === 0 ? piece.parts : [separator, ...piece.parts])));
}

/** All of these conditions; true stands for none. */
export const all = (conditions: readonly Sql[]): Sql =>
  conditions.length === 0 ? raw('true') : join(conditions, ' and ');

/** A parameter that belongs to the viewer or the day: one plan serves all viewers of equal rights. */
const slot = (type: string, valueFor: (ask: Ask) => unknown): Sql => new Sql([new Binding(valueFor), `::${type}`]);

const userOf = ({ viewer }: Ask): Extract<Viewer, { kind: 'user' }> | null => (viewer.kind === 'user' ? viewer : null);

export const slots = {
  actor: slot('text', ({ viewer }) => actorOf(viewer)),
  today: slot('date', ({ today }) => today),
  userId: slot('uuid', (ask) => userOf(ask)?.userId ?? null),
  customerId: slot('uuid', (ask) => userOf(ask)?.rowScope.customerId ?? null),
  priceListId: slot('uuid', (ask) => userOf(ask)?.rowScope.priceListId ?? null),
  warehouseIds: slot('uuid[]', (ask) => userOf(ask)?.rowScope.warehouseIds ?? []),
} as const;

/** Writes a piece with `$1`, `$2` ... and adds its parameters to `bindings`. */
export function render(piece: Sql, bindings: Binding[]): string {
  let text = '';
  for (const part of piece.parts) {
    if (typeof part === 'string') text += part;
    else if (part instanceof ColumnRef) text += part.text;
    else {
      let index = bindings.indexOf(part);
      if (index < 0) index = bindings.push(part) - 1;
      text += `$${index + 1}`;
    }
  }
  return text;
}

/** The columns that a piece of SQL reads, as `Entity.property`. */
export const originsOf = (piece: Sql): string[] =>
  piece.parts.flatMap((part) => (part instanceof ColumnRef ? [part.origin] : []));

export interface StatementReader extends Ask {
  read<Row>(text: string, params?: readonly unknown[]): Promise<Row[]>;
}

/** Runs one statement that is written as a template. */
export function run<Row>(reader: StatementReader, statement: Sql): Promise<Row[]> {
  const bindings: Binding[] = [];
  const text = render(statement, bindings);
  return reader.read<Row>(
    text,
    bindings.map((binding) => binding.valueFor(reader)),
  );
}

/** Collects the parameters of a statement that is written as text. */
export class Params {
  readonly values: unknown[] = [];

  add(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }
}

/** Puts a piece of SQL, such as a scope, into a statement that is written as text. */
export function inline(piece: Sql, ask: Ask, params: Params): string {
  const places = new Map<Binding, string>();
  const place = (binding: Binding): string => {
    const known = places.get(binding) ?? params.add(binding.valueFor(ask));
    places.set(binding, known);
    return known;
  };
  return piece.parts
    .map((part) => (typeof part === 'string' ? part : part instanceof ColumnRef ? part.text : place(part)))
    .join('');
}

/** Whether a column holds a value of this Postgres type. */
export const equals = (column: Sql, value: string | null, type: string): Sql => sql`${column} = ${value}::${raw(type)}`;

export function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, (sign) => `\\${sign}`);
}
