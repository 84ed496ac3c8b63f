/**
 * A sentence for people: an English template, which is the key of its translations, and the figures and names in it.
 * Every template has an Arabic one with the same placeholders; test/kernel/arabic.test.ts reads them from the source.
 */
export class Message {
  constructor(
    /** `At most {0} characters.` */
    readonly template: string,
    readonly values: readonly MessageValue[],
  ) {}

  toString(): string {
    return fill(this.template, this.values.map(inEnglish));
  }

  /** In Arabic as far as `templates` has it. */
  inArabic(templates: Readonly<Record<string, string>>): string {
    const values = this.values.map((value) => {
      if (value instanceof Message) return value.inArabic(templates);
      return typeof value === 'object' ? (value.nameAr ?? value.name) : String(value);
    });
    return fill(templates[this.template] ?? this.template, values);
  }
}

/** What has a name in English and perhaps one in Arabic, such as a product. */
interface Named {
  name: string;
  nameAr?: string | null | undefined;
}

/** A message as value of another one is translated with it. */
export type MessageValue = string | number | Message | Named;

const inEnglish = (value: MessageValue): string =>
  typeof value === 'object' && !(value instanceof Message) ? value.name : String(value);

/** The tag of a message: msg`At most ${200} characters.` */
export const msg = (parts: TemplateStringsArray, ...values: MessageValue[]): Message =>
  new Message(
    parts.reduce((template, part, index) => `${template}{${index - 1}}${part}`),
    values,
  );

/** A message that is made elsewhere and has no translation, such as the fault of a document that graphql-js found. */
export const untranslated = (sentence: string): Message => new Message('{0}', [sentence]);

const fill = (template: string, values: readonly string[]): string =>
  template.replace(/\{(\d)\}/g, (_, index: string) => values[Number(index)] ?? '');
