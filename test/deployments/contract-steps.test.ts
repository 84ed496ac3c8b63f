import { describe, expect, test } from '@jest/globals';
import { migrations } from '../../migrations/list.js';
import { contractSteps } from '../../src/platform/db/contract-steps.js';

describe('contract steps of migrations', () => {
  test.each([
    ['drop table "old"', 'drops what is read'],
    ['DROP  TABLE if exists old cascade', 'drops what is read'],
    ['drop view v', 'drops what is read'],
    ['drop materialized view v', 'drops what is read'],
    ['drop type mood', 'drops what is read'],
    ['drop function f(int)', 'drops a function that is called'],
    ['alter table "a" drop column "b"', 'drops a column'],
    ['alter table a add column c int, drop b', 'drops a column'],
    ['alter table only a drop if exists b', 'drops a column'],
    ['alter table a rename to b', 'renames'],
    ['alter table a rename column b to c', 'renames'],
    ['alter table a rename b to c', 'renames a column'],
    ['alter table a alter column b type bigint', 'changes the type of a column'],
    ['alter table a alter b set data type bigint using b::bigint', 'changes the type of a column'],
    ['alter table "a" alter column "b" set not null', 'demands a value that the former release may not write'],
    ['truncate a', 'deletes rows'],
    ['create table t (id int); drop table u', 'drops what is read'],
    ['drop schema old', 'drops what is read'],
    ['alter table a add column b text, drop column c', 'drops a column'],
    ['alter type mood rename to feeling', 'renames'],
    ['alter index i rename to j', 'renames'],
    ['-- it takes nothing\ndrop table a', 'drops what is read'],
    [`-- it's gone\ndrop table a -- isn't it`, 'drops what is read'],
    ["insert into t values ('a -- b'); drop table u", 'drops what is read'],
    ["insert into t values ('/*'); drop table u; insert into t values ('*/')", 'drops what is read'],
    ["insert into t values ('$$'); drop table u; insert into t values ('$$')", 'drops what is read'],
  ])('%s: %s', (statement, reason) => {
    expect(contractSteps([statement])).toEqual([{ statement: statement.replace(/\s+/g, ' '), reason }]);
  });

  test.each([
    'create table "drop" (id int)',
    'alter table a add column "type" text not null default \'drop table x\'',
    'create index i on a (b)',
    'drop index i',
    'alter table a drop constraint c',
    'alter table a alter column b drop not null',
    'alter table a alter column b drop default',
    'alter table a alter column b set default 1',
    'alter table a add constraint c check (b > 0) not valid',
    "insert into settings (key, value) values ('rename to', '1')",
    'create function f() returns trigger language plpgsql as $$ begin drop table x; return null; end $$',
    'create function f() returns int language sql as $body$ truncate a $body$',
    'create trigger t before truncate on a for each statement execute function f()',
    '-- drop table a\ncreate table b (id int)',
    '/* drop table a */ create table b (id int)',
    'drop trigger t on a',
    'create table drop_table_log (id uuid)',
    'alter table a add column renamed boolean',
    'create index a_type on a (type)',
    "comment on table a is 'drop table a'",
    'create function f() returns trigger language plpgsql as $$ begin drop table x; truncate y; end $$',
    "do $$ begin perform 'it''s'; -- isn't\nend $$",
  ])('%s only expands', (statement) => {
    expect(contractSteps([statement])).toEqual([]);
  });

  test('what a long statement says is cut', () => {
    const [step] = contractSteps([`drop table ${'x'.repeat(1000)}`]);
    expect(step?.statement.length).toBe(300);
  });

  test('our own migrations are judged by their statements, which they all carry', () => {
    expect(migrations.filter(({ statements }) => statements.length === 0)).toEqual([]);
    const recent = migrations.filter(({ name }) => name.startsWith('2026112200'));
    expect(recent.length).toBeGreaterThanOrEqual(3);
    expect(recent.flatMap(({ statements }) => contractSteps(statements))).toEqual([]);
  });
});
