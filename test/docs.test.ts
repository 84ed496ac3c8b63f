import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { buildSchema, GraphQLError, parse, validate } from 'graphql';
import { settingsOfTheServer } from '../ops/check/env-templates.js';

/** What the documents name exists: a reader at night follows no dead end. The runbook's commands are held by check:ops. */
const GUIDES = ['README.md', ...globSync('docs/**/*.md').sort()];
const DECISIONS = 'docs/decisions';
const read = (file: string): string => readFileSync(file, 'utf8');
const matches = (text: string, regex: RegExp): string[] => [...text.matchAll(regex)].map((match) => match[1] as string);
const inCode = (text: string): string[] => matches(text.replace(/```[\s\S]*?```/g, ''), /`([^`\n]+)`/g);

const schemaText = read('schema.graphql');
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

/** Files are named from the root, or as the architecture does it from src and without their ending. */
function isThere(name: string): boolean {
  const places = [name, `src/${name}`, `src/${name}.ts`];
  return name.includes('*') ? globSync(name).length > 0 : places.some((place) => existsSync(place));
}

const isPath = (name: string): boolean =>
  /^(src|test|ops|docs|migrations)\/[\w./*@-]*$/.test(name) ||
  (/^[a-z]+(\/[\w.-]+)+$/.test(name) && existsSync(`src/${name.split('/')[0] as string}`));

/** What the shell would put into the documents of a tour where the schema asks for more than a text. */
const VALUES: Record<string, string> = { VERSION: '1', STATUS: 'SUCCESS', 2: 'RELEASE' };

/** The text of a double-quoted word of the shell that begins at `start`, with made-up values for what is filled in. */
function quotedWord(text: string, start: number): string {
  let word = '';
  for (let at = start; text[at] !== '"'; at += 1) {
    if (text[at] === '\\') {
      at += 1;
      word += text[at];
    } else if (text.startsWith('$(', at)) {
      let depth = 0;
      do {
        if (text[at] === '(') depth += 1;
        if (text[at] === ')') depth -= 1;
        at += 1;
      } while (depth > 0 || text[at - 1] === '$');
      at -= 1;
      word += 'x';
    } else if (text[at] === '$') {
      const [whole, name] = /^\$(?:(\w+)|\{[^}]*\})/.exec(text.slice(at, at + 100)) ?? ['$', ''];
      word += name === undefined ? '' : (VALUES[name] ?? 'x');
      at += whole.length - 1;
    } else {
      word += text[at];
    }
  }
  return word;
}

function documentsOf(text: string): string[] {
  const calls = [...text.matchAll(/\bgql (['"])/g)].map((match) => {
    const start = match.index + match[0].length;
    return match[1] === "'" ? text.slice(start, text.indexOf("'", start)) : quotedWord(text, start);
  });
  const subscriptions = matches(text, /"(subscription (?:\\.|[^"\\])*)"/g).map((one) => one.replaceAll('\\"', '"'));
  return [...calls, ...subscriptions];
}

function faultsOf(document: string): string[] {
  try {
    return validate(buildSchema(schemaText), parse(document)).map(({ message }) => message);
  } catch (error) {
    return [error instanceof GraphQLError ? `${error.message} ${document}` : String(error)];
  }
}

describe('the documents', () => {
  test.each([...GUIDES, 'ops/runbook.md'])('%s links to files that exist', (file) => {
    const links = matches(read(file), /\]\(([^)\s#]+)[^)]*\)/g).filter((link) => !/^[a-z]+:/.test(link));
    expect(links.filter((link) => !existsSync(path.join(path.dirname(file), link)))).toEqual([]);
  });

  test.each(GUIDES)('%s names scripts, files and settings that exist', (file) => {
    const text = read(file);
    const settings = new Set([...settingsOfTheServer(), 'NAME_FILE']);
    const upperCase = inCode(text).flatMap((code) => matches(code, /\b([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\b/g));
    const isCode = (name: string): boolean =>
      new RegExp(`\\b${name}\\b`).test(schemaText) ||
      [read('src/kernel/errors.ts'), read('src/platform/graphql/format-error.ts')].some((text) =>
        new RegExp(`\\b${name}\\b`).test(text),
      );
    expect({
      scripts: matches(text, /npm run (?:--silent )?([a-z:]+)/g).filter((name) => !(name in scripts)),
      files: inCode(text).filter((name) => isPath(name) && !isThere(name)),
      settings: upperCase.filter((name) => !settings.has(name) && !isCode(name)),
    }).toEqual({ scripts: [], files: [], settings: [] });
  });

  test('every setting of the server is described', () => {
    const described = new Set(inCode(read('docs/operations.md')));
    expect([...settingsOfTheServer()].filter((name) => !described.has(name))).toEqual([]);
  });

  test('every script is described', () => {
    const text = read('docs/operations.md');
    const named = new Set(['start', 'test', ...matches(text, /npm run ([a-z:]+)/g)]);
    expect(Object.keys(scripts).filter((name) => !named.has(name))).toEqual([]);
  });

  test('the README has the two commands word for word', () => {
    const blocks = matches(read('README.md'), /```bash\n([\s\S]*?)\n```/g);
    expect(blocks).toEqual(expect.arrayContaining(['npm ci && npm start', 'npm ci && npm test']));
  });

  test.each(['README.md', 'docs/tour.md'])('what %s sends is valid by the schema', (file) => {
    const documents = documentsOf(read(file));
    expect(documents.length).toBeGreaterThan(4);
    expect(documents.flatMap(faultsOf)).toEqual([]);
  });

  test('the operations that the API guide names are those of the schema', () => {
    const table = read('docs/api.md').split('## Operations by module')[1]?.split('## REST')[0] ?? '';
    const roots = ['Query', 'Mutation', 'Subscription'].flatMap((type) => {
      const fields = new RegExp(`^type ${type} \\{([\\s\\S]*?)^\\}`, 'm').exec(schemaText)?.[1] ?? '';
      return matches(fields, /^ {2}(\w+)[(:]/gm);
    });
    expect(inCode(table).length).toBeGreaterThan(100);
    expect(inCode(table).filter((name) => !roots.includes(name))).toEqual([]);
  });

  test('every decision is in the list, under its title, with its four parts', () => {
    const list = read(`${DECISIONS}/README.md`);
    const faults = globSync(`${DECISIONS}/[0-9]*.md`).filter((file) => {
      const text = read(file);
      const title = /^# (.*)$/m.exec(text)?.[1] ?? '';
      const parts = matches(text, /^\*\*([\w ]+)\.\*\*/gm);
      const isComplete = parts.join() === 'Context,Decision,Consequence,Held by';
      return !isComplete || !list.includes(`- [${title}](${path.basename(file)})`);
    });
    expect(faults).toEqual([]);
  });
});
