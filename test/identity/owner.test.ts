import { spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { generateCompany } from '../../src/generator/company.js';
import { ensureOwner, isOwnerSignIn } from '../../src/identity/owner.service.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { temporaryFolder } from '../support/folder.js';

const FIRST = { email: 'owner@test.example', password: 'correct horse battery' };
const LATER = { email: 'owner@test.example', password: 'another horse battery' };
const AUTHORISED = `mutation($e: String!, $p: String!) { signIn(email: $e, password: $p) { __typename ... on Session { accessToken } } }`;

const signIn = async (t: TestApp, { email, password }: typeof FIRST): Promise<any> =>
  (await t.anonymous.query<any>(AUTHORISED, { e: email, p: password })).data.signIn;
const settingsOf = ({ email, password }: typeof FIRST) => ({ ADMIN_EMAIL: email, ADMIN_PASSWORD: password });

describe('the first owner', () => {
  let db: TestDatabase;
  beforeAll(async () => {
    db = await createTestDatabase();
  });
  afterAll(() => db.drop());

  test('is made on data that others have left, and only while nobody can sign in as an owner', async () => {
    const before = await startTestApp({ db });
    await generateCompany(before.app.services.db, 1, () => undefined);
    expect((await db.sql<any>('select count(*)::int as n from users'))[0].n).toBeGreaterThan(0);
    await before.stop();

    const first = await startTestApp({ db, settings: settingsOf(FIRST) });
    expect((await signIn(first, FIRST)).__typename).toBe('Session');
    expect(await isOwnerSignIn(first.app.services.db, FIRST)).toBe(true);
    await first.stop();

    const later = await startTestApp({ db, settings: settingsOf(LATER) });
    const { db: database, transact } = later.app.services;
    expect((await signIn(later, LATER)).__typename).toBe('InvalidCredentialsError');
    expect(await isOwnerSignIn(database, LATER)).toBe(false);
    expect(await isOwnerSignIn(database, FIRST)).toBe(true);
    expect(await isOwnerSignIn(database, { ...FIRST, email: 'nobody@test.example' })).toBe(false);
    // An owner who was only invited, or whose account is closed, is none.
    await db.sql(`update users set active = false where role = 'OWNER'`);
    await db.sql(`insert into users (id, email, name, role, created_at)
      values (gen_random_uuid(), 'invited@test.example', 'Invited', 'OWNER', now())`);
    expect(await isOwnerSignIn(database, FIRST)).toBe(false);
    const made = await Promise.all([1, 2, 3].map(() => ensureOwner(transact, LATER)));
    expect(made.sort()).toEqual(['created', 'exists', 'exists']);
    expect((await signIn(later, LATER)).__typename).toBe('Session');
    await later.stop();
  });
});

describe('npm run owner', () => {
  let t: TestApp;
  const folder = temporaryFolder('owner');
  beforeAll(async () => {
    t = await startTestApp({ settings: settingsOf(FIRST) });
  });
  afterAll(async () => {
    await t.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const run = async (...args: string[]): Promise<{ code: number | null; output: string; errors: string }> => {
    const child = spawn(process.execPath, ['dist/src/main.js', 'owner', ...args], {
      env: { PATH: process.env['PATH'], DATABASE_URL: t.db.url, DATA_DIR: folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [output, errors] = ['', ''];
    child.stdout.on('data', (data: Buffer) => (output += data.toString()));
    child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { code, output, errors };
  };
  const fileOf = (password: string): string => {
    const file = path.join(folder, 'password');
    writeFileSync(file, `${password}\n`, { mode: 0o600 });
    return file;
  };

  test('prints a link for an account, which becomes an owner again and loses its sessions', async () => {
    const cashier = await t.as('CASHIER');
    const [{ email, id }] = (await t.db.sql<any>(`select email, id from users where role = 'CASHIER'`)) as [any];
    await t.db.sql('update users set active = false where id = $1', [id]);
    const { code, output, errors } = await run('--email', email.toUpperCase());
    expect([code, errors]).toEqual([0, '']);
    const token = /(tshl_\S+)/.exec(output)?.[1];
    const redeemed = await t.anonymous.query<any>(
      `mutation($t: String!, $p: String!) { redeemLink(token: $t, password: $p) { ... on Session { accessToken } } }`,
      { t: token, p: LATER.password },
    );
    const owner = t.withToken(redeemed.data.redeemLink.accessToken);
    expect((await owner.query<any>('{ me { role } }')).data.me.role).toBe('OWNER');
    for (;;) if ((await cashier.query('{ me { name } }')).status === 401) break;
    const audit = await owner.query<any>(
      `query($id: String!) { auditLog(filter: { entityId: { eq: $id } }) { nodes { actor changes } } }`,
      { id },
    );
    const entry = audit.data.auditLog.nodes.find((one: any) => one.actor === 'owner-command');
    expect(entry.changes).toMatchObject({ role: ['CASHIER', 'OWNER'], active: [false, true] });
  });

  test('sets the password of a file, for a new owner and for one who forgot it', async () => {
    const made = { email: 'new@test.example', password: 'rWq8!mZp3vKd' };
    const { code, output } = await run('--email', made.email, '--password-file', fileOf(made.password));
    expect([code, output]).toEqual([0, 'Made the owner new@test.example.\nThe password is set.\n']);
    expect((await signIn(t, made)).__typename).toBe('Session');
    const next = { ...made, password: 'a long sentence of mine' };
    expect((await run('--email', made.email, '--password-file', fileOf(next.password))).code).toBe(0);
    expect((await signIn(t, next)).__typename).toBe('Session');
    expect((await signIn(t, made)).__typename).toBe('InvalidCredentialsError');
  });

  test.each([
    ['nothing', [], /npm run owner -- --email/],
    ['no address', ['--email', 'nobody'], /owner failed: Not a valid e-mail address/],
    ['an unknown option', ['--mail', 'a@b.example'], /Unknown option '--mail'/],
    ['a file that is not there', ['--email', 'a@b.example', '--password-file', '/nowhere'], /owner failed: ENOENT/],
  ])('%s is said on stderr, with exit code 1', async (_name, args, line) => {
    const { code, output, errors } = await run(...args);
    expect([code, output]).toEqual([1, '']);
    expect(errors).toMatch(line);
    expect(errors).not.toMatch(/\n\s+at /);
  });

  test('a password that is guessed first is refused', async () => {
    const { code, errors } = await run('--email', 'new@test.example', '--password-file', fileOf('password123'));
    expect(code).toBe(1);
    expect(errors).toMatch(/among the first that are guessed/);
  });

  test('its help says what a start does and what it never does', async () => {
    const { code, output } = await run('--help');
    expect(code).toBe(0);
    expect(output).toMatch(/a later change of ADMIN_PASSWORD changes nobody's password/);
  });
});
