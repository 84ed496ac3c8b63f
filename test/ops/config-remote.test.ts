import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { temporaryFolder } from '../support/folder.js';

/** The action that reaches a host, run with a program in ssh's place that gives its standard input to a shell here. */
function runOnHost(variables: string, commands: string) {
  const dir = temporaryFolder('remote');
  const host = path.join(dir, 'host');
  mkdirSync(path.join(host, 'source'), { recursive: true });
  mkdirSync(path.join(host, 'env'));
  writeFileSync(path.join(host, 'env', 'deploy.env'), 'OF_HOST=from-the-host\nVERSION=of-the-host\n');
  writeFileSync(path.join(dir, 'arguments'), '');
  const ssh = path.join(dir, 'ssh');
  writeFileSync(ssh, `#!/bin/bash\nprintf '%s\\n' "$@" >"${dir}/arguments"\nexec bash -s\n`);
  chmodSync(ssh, 0o755);
  const action = parse(readFileSync('.github/actions/remote/action.yml', 'utf8')) as {
    runs: { steps: { run: string }[] };
  };
  const ended = spawnSync('bash', ['-c', action.runs.steps[0]?.run ?? ''], {
    encoding: 'utf8',
    env: {
      PATH: `${dir}:${process.env['PATH']}`,
      RUNNER_TEMP: dir,
      REMOTE_HOST: 'host.example',
      REMOTE_USER: 'deploy',
      REMOTE_KEY: 'the-private-key',
      REMOTE_KNOWN_HOSTS: 'host.example ssh-ed25519 AAAA',
      REMOTE_PATH: host,
      REMOTE_VARIABLES: variables,
      REMOTE_COMMANDS: commands,
    },
  });
  return { ...ended, arguments: readFileSync(path.join(dir, 'arguments'), 'utf8') };
}

describe('the action that runs commands on a host', () => {
  test('values arrive as they are, whatever a shell would make of them', () => {
    const reason = `it's "slow"; rm -rf / $(id) \`id\` = a=b=`;
    const { stdout, status } = runOnHost(
      `REASON=${reason}\nEMPTY=\n`,
      'printf "%s|%s|%s" "$REASON" "$EMPTY" "$OF_HOST"',
    );
    expect(stdout).toBe(`${reason}||from-the-host`);
    expect(status).toBe(0);
  });

  test('what the workflow says wins over the settings of the host', () => {
    expect(runOnHost('VERSION=v2\n', 'echo "$VERSION"').stdout).toBe('v2\n');
  });

  test('a value that the workflow does not have leaves that of the host', () => {
    expect(runOnHost('VERSION=\nNOBODY=\n', 'echo "$VERSION|$NOBODY|"').stdout).toBe('of-the-host||\n');
  });

  test('a command that reads its input does not swallow the commands behind it', () => {
    expect(runOnHost('', 'cat >/dev/null\necho after').stdout).toBe('after\n');
  });

  test('the first command that fails ends the step with its code', () => {
    const { status, stdout } = runOnHost('', 'false\necho never');
    expect([status, stdout]).toEqual([1, '']);
  });

  test('neither values nor commands stand in an argument, and an unknown host key is refused', () => {
    const { arguments: given } = runOnHost('TOKEN=hunter2\n', 'echo "$TOKEN"');
    expect(given).not.toMatch(/hunter2|echo|the-private-key/);
    expect(given).toMatch(/StrictHostKeyChecking=yes/);
  });

  test('a line that is no variable stops everything before the host is reached', () => {
    const { status, stderr, arguments: given } = runOnHost('VERSION=v1\n; rm -rf /\n', 'echo reached');
    expect(stderr).toMatch(/not a line of NAME=value/);
    expect([status, given]).toEqual([1, '']);
  });
});
