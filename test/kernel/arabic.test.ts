import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import ts from 'typescript';
import { NOUNS } from '../../src/kernel/arabic/nouns.js';
import { msg } from '../../src/kernel/message.js';
import { ARABIC, translate } from '../../src/kernel/translate.js';

/** The templates of all msg`...` of a file, as `Message` makes them. */
function templatesOf(file: string): string[] {
  const found: string[] = [];
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const visit = (node: ts.Node): void => {
    if (ts.isTaggedTemplateExpression(node) && node.tag.getText() === 'msg') {
      const { template } = node;
      found.push(
        ts.isNoSubstitutionTemplateLiteral(template)
          ? template.text
          : template.templateSpans.reduce(
              (text, { literal }, index) => `${text}{${index}}${literal.text}`,
              template.head.text,
            ),
      );
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => path.join('src', name));
const used = new Map(files.flatMap((file) => templatesOf(file).map((template) => [template, file] as const)));
const placeholders = (template: string): string[] => [...new Set(template.match(/\{\d\}/g) ?? [])].sort();

describe('Arabic messages', () => {
  test('domain review 28: every message has one', () => {
    const missing = [...used].filter(([template]) => !Object.hasOwn(ARABIC, template));
    expect(missing.map(([template, file]) => `${file}: ${template}`)).toEqual([]);
  });

  test('domain review 28: each has the figures and names of the English one, and letters of its own', () => {
    const unequal = Object.entries(ARABIC).filter(
      ([english, arabic]) =>
        placeholders(english).join() !== placeholders(arabic).join() || !/[\u0621-\u064a]/.test(arabic),
    );
    expect(unequal).toEqual([]);
  });

  test('none is left over', () => {
    const unused = Object.keys(ARABIC).filter((template) => !used.has(template) && !Object.hasOwn(NOUNS, template));
    expect(unused).toEqual([]);
  });

  test('a message in a message and a product are said in the same language', () => {
    const sentence = msg`Line ${3}: ${msg`Only ${'2'} of ${{ name: 'Cable', nameAr: 'كابل' }} are left, and ${'5'} are needed.`}`;
    expect(translate(sentence, 'en')).toBe('Line 3: Only 2 of Cable are left, and 5 are needed.');
    expect(translate(sentence, 'ar')).toBe('السطر 3: المتبقي 2 فقط من كابل، والمطلوب 5.');
  });
});
