import { parseArgs } from 'node:util';
import { readConfig } from '../../src/config.js';
import type { OpsCommand, OpsContext } from '../command.js';
import { runAgent } from './agent.js';
import {
  deployRelease,
  promote,
  Refused,
  requestRollbackOf,
  resume,
  retire,
  rollbackTo,
  type ReleaseOrder,
} from './deployment.js';
import { reasonOf } from './http.js';
import type { Host } from './host.js';
import { LockLost, LockTaken } from './lock.js';
import { Interrupted } from './machine.js';
import { openHost } from './open-host.js';
import type { DeployParts } from './parts.js';
import { readPending } from './pending-migrations.js';
import { isSlot, isVersion, otherSlot } from './release.js';
import { prepareRelease, releaseOf } from './release-source.js';
import { SettingsFault } from './settings.js';
import type { Run, RunTrigger } from './state.js';
import { statusLines } from './status.js';
import { writeSettingsOfNginx } from './write-nginx.js';

class WrongUsage extends Error {}

const COMMON = { driver: { type: 'string' }, environment: { type: 'string' } } as const;
type Options = NonNullable<Parameters<typeof parseArgs>[0]>['options'] & object;

function read<O extends Options>(args: readonly string[], options: O, positionals = 0) {
  try {
    const parsed = parseArgs({ args: [...args], options: { ...COMMON, ...options }, allowPositionals: true });
    if (parsed.positionals.length > positionals) throw new Error(`Unexpected: ${parsed.positionals.at(-1)}.`);
    return parsed;
  } catch (error) {
    throw new WrongUsage(reasonOf(error));
  }
}

interface CommonValues {
  driver?: unknown;
  environment?: unknown;
}

function withCommon(context: OpsContext, { driver, environment }: CommonValues): OpsContext {
  const env = { ...context.env };
  if (typeof driver === 'string') env['DEPLOY_DRIVER'] = driver;
  if (typeof environment === 'string') env['APP_ENV'] = environment;
  return { ...context, env };
}

/** Turns what is thrown into one clear line and an exit code. */
async function answering(usage: string, context: OpsContext, work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof WrongUsage) {
      context.out(`${error.message}\nUse: ${usage}`);
      return 2;
    }
    if (error instanceof SettingsFault) {
      context.out(['The settings have faults:', ...error.faults.map((fault) => `- ${fault}`)].join('\n'));
      return 2;
    }
    const isKnown =
      error instanceof Refused ||
      error instanceof LockTaken ||
      error instanceof LockLost ||
      error instanceof Interrupted;
    context.out(isKnown || !(error instanceof Error) ? reasonOf(error) : (error.stack ?? error.message));
    return 1;
  }
}

async function locked<T>(
  host: Host,
  context: OpsContext,
  purpose: string,
  work: (parts: DeployParts) => Promise<T>,
): Promise<T> {
  const lock = host.lock.acquire(purpose);
  try {
    return await work(host.partsWith(lock, context.signal));
  } finally {
    lock.release();
  }
}

const codeOf = (run: Run | null): number =>
  run === null || run.awaitingPromotion || run.outcome === 'SUCCESS' ? 0 : 1;

const TRIGGERS: readonly RunTrigger[] = ['PUSH', 'MANUAL', 'AUTOMATIC', 'SCHEDULE'];

function triggerOf(value: string | undefined): RunTrigger {
  const found = TRIGGERS.find((one) => one === (value ?? 'MANUAL').toUpperCase());
  if (!found) throw new WrongUsage(`--trigger is one of ${TRIGGERS.join(', ')}.`);
  return found;
}

const deploy: OpsCommand = {
  summary: 'Bring a release out beside the one that serves, switch to it, watch it, go back by itself if it is unfit.',
  usage:
    'deploy [--driver local|systemd|compose] [--environment NAME] [--version V] [--commit SHA] [--release FOLDER|IMAGE] [--hotfix|--restart] [--reason TEXT] [--allow-contract] [--no-promote] [--trigger PUSH|MANUAL|SCHEDULE]',
  run: (args, given) =>
    answering(deploy.usage, given, async () => {
      const { values } = read(args, {
        version: { type: 'string' },
        commit: { type: 'string' },
        release: { type: 'string' },
        hotfix: { type: 'boolean', default: false },
        restart: { type: 'boolean', default: false },
        reason: { type: 'string' },
        'allow-contract': { type: 'boolean', default: false },
        'no-promote': { type: 'boolean', default: false },
        trigger: { type: 'string' },
      });
      if (values.version !== undefined && !isVersion(values.version)) {
        throw new WrongUsage('A version is letters, digits, dots, dashes and underscores.');
      }
      if (values.hotfix && values.restart) throw new WrongUsage('Either --hotfix or --restart.');
      const trigger = triggerOf(values.trigger);
      const context = withCommon(given, values);
      return openHost(
        context,
        async (host, stage) => {
          const orderOf = async (): Promise<ReleaseOrder> => ({
            release: await releaseOf(host, {
              version: values.version ?? null,
              commit: values.commit ?? null,
              location: values.release ?? null,
              restart: values.restart,
            }),
            kind: values.hotfix ? 'HOTFIX' : values.restart ? 'RESTART' : 'RELEASE',
            trigger,
            reason: values.reason ?? null,
            allowContract: values['allow-contract'],
            promote: !values['no-promote'],
            request: null,
          });
          const once = async (): Promise<Run> => {
            const order = await orderOf();
            return locked(host, context, `deploy ${order.release.version}`, (parts) => deployRelease(order, parts));
          };
          const run = await once();
          if (stage === null || codeOf(run) !== 0) return codeOf(run);
          // On the machine's own stage a second release shows the switch, and the stage stays until it is stopped.
          if (values.version === undefined && run.from === null && codeOf(await once()) !== 0) return 1;
          await stage.untilStopped(context.signal);
          return 0;
        },
        { startsStage: true },
      );
    }),
};

const rollback: OpsCommand = {
  summary: 'Go back to the release before, or to one that has served; new releases wait for promote afterwards.',
  usage: 'rollback [--to VERSION] [--reason TEXT] [--driver D] [--environment NAME]',
  run: (args, given) =>
    answering(rollback.usage, given, async () => {
      const { values } = read(args, { to: { type: 'string' }, reason: { type: 'string' } });
      const context = withCommon(given, values);
      return openHost(context, async (host) => {
        const order = {
          version: values.to ?? null,
          trigger: 'MANUAL' as const,
          reason: values.reason ?? null,
          request: null,
        };
        try {
          return codeOf(await locked(host, context, 'rollback', (parts) => rollbackTo(order, parts)));
        } catch (error) {
          if (!(error instanceof LockTaken)) throw error;
          requestRollbackOf(host.requestFile);
          context.out(`${error.message}\nIt has been asked to go back: its watch looks for that at its next sample.`);
          return 1;
        }
      });
    }),
};

const switchTo: OpsCommand = {
  summary: 'Emergency: send traffic to the other slot, which must still run; recorded as a roll-back.',
  usage: 'switch [blue|green] [--driver D] [--environment NAME]',
  run: (args, given) =>
    answering(switchTo.usage, given, async () => {
      const { values, positionals } = read(args, {}, 1);
      const context = withCommon(given, values);
      return openHost(context, async (host) => {
        const { live, slots } = host.store.read();
        if (live === null) throw new Refused('Nothing serves yet.');
        const wanted = positionals[0] ?? otherSlot(live);
        if (!isSlot(wanted)) throw new WrongUsage('A slot is blue or green.');
        if (wanted === live) throw new Refused(`${wanted} serves already.`);
        const target = slots[wanted];
        if (target === null || !(await host.driver.alive(wanted))) {
          throw new Refused(`${wanted} does not run. Use rollback, which starts the release again.`);
        }
        const order = { version: target.release.version, trigger: 'MANUAL' as const, reason: 'switch', request: null };
        return codeOf(await locked(host, context, 'switch', (parts) => rollbackTo(order, parts)));
      });
    }),
};

function simple(name: string, summary: string, work: (parts: DeployParts) => Promise<Run | null>): OpsCommand {
  const usage = `${name} [--driver D] [--environment NAME]`;
  return {
    summary,
    usage,
    run: (args, given) =>
      answering(usage, given, async () => {
        const { values } = read(args, {});
        const context = withCommon(given, values);
        return openHost(context, async (host) => codeOf(await locked(host, context, name, work)));
      }),
  };
}

const status: OpsCommand = {
  summary: 'What runs where, what is under way, and what an interrupted deployment needs.',
  usage: 'status [--json] [--driver D] [--environment NAME]',
  run: (args, given) =>
    answering(status.usage, given, async () => {
      const { values } = read(args, { json: { type: 'boolean', default: false } });
      const context = withCommon(given, values);
      return openHost(context, async (host) => {
        for (const line of await statusLines(host, values.json)) context.out(line);
        return 0;
      });
    }),
};

const maintenance: OpsCommand = {
  summary: 'Put the maintenance page up, or take it down; this host itself still reaches the service.',
  usage: 'maintenance on|off [--driver D] [--environment NAME]',
  run: (args, given) =>
    answering(maintenance.usage, given, async () => {
      const { values, positionals } = read(args, {}, 1);
      const [wanted] = positionals;
      if (wanted !== 'on' && wanted !== 'off') throw new WrongUsage('Say on or off.');
      const context = withCommon(given, values);
      return openHost(context, async ({ router }) => {
        router.maintenance(wanted === 'on');
        context.out(`The maintenance page is ${wanted}.`);
        return 0;
      });
    }),
};

const agent: OpsCommand = {
  summary: 'Wait for deployments and roll-backs that are asked for in the server, and carry them out.',
  usage: 'agent [--driver D] [--environment NAME]',
  run: (args, given) =>
    answering(agent.usage, given, async () => {
      const { values } = read(args, {});
      const context = withCommon(given, values);
      return openHost(context, (host) => runAgent(host, context));
    }),
};

const nginx: OpsCommand = {
  summary: 'Write the nginx configuration for this host and check it.',
  usage: 'nginx --out FOLDER [--certificate FILE --key FILE] [--driver D] [--environment NAME]',
  run: (args, given) =>
    answering(nginx.usage, given, async () => {
      const { values } = read(args, {
        out: { type: 'string' },
        certificate: { type: 'string' },
        key: { type: 'string' },
      });
      if (values.out === undefined) throw new WrongUsage('Say where the files go: --out FOLDER.');
      return writeSettingsOfNginx(withCommon(given, values), {
        out: values.out,
        certificate: values.certificate ?? null,
        key: values.key ?? null,
      });
    }),
};

const prepare: OpsCommand = {
  summary: 'Build a release where the driver finds it: a folder for systemd, an image for compose. Prints its version.',
  usage: 'prepare [--version V] [--commit SHA] [--driver D] [--environment NAME]',
  run: (args, given) =>
    answering(prepare.usage, given, async () => {
      const { values } = read(args, { version: { type: 'string' }, commit: { type: 'string' } });
      const context = withCommon(given, values);
      return openHost(context, async (host) => {
        const asked = { version: values.version ?? null, commit: values.commit ?? null };
        context.out(await prepareRelease(host, context, asked));
        return 0;
      });
    }),
};

const pendingMigrations: OpsCommand = {
  summary: 'The migrations that this release would run, as one line of JSON; the deployer asks a release by it.',
  usage: 'pending-migrations',
  run: (args, context) =>
    answering(pendingMigrations.usage, context, async () => {
      read(args, {});
      const secret = 'x'.repeat(32);
      const { url } = readConfig(
        { ...context.env, ROLE: 'all', API_PROCESSES: '1' },
        { jwtSecret: secret, encryptionKey: secret, webhookSecret: secret, adminPassword: '' },
      ).database;
      if (url === null) throw new Refused('Set DATABASE_URL.');
      context.out(JSON.stringify(await readPending(url)));
      return 0;
    }),
};

export const commands: Record<string, OpsCommand> = {
  deploy,
  rollback,
  switch: switchTo,
  promote: simple(
    'promote',
    'Switch to the release that waits on the idle slot, or end the hold after a roll-back.',
    promote,
  ),
  resume: simple('resume', 'Go on with a deployment whose deployer was killed or stopped.', resume),
  retire: simple('retire', 'Stop the former release if its warm time is over.', async (parts) => {
    if (!(await retire(parts))) parts.report('Nothing to stop.');
    return null;
  }),
  status,
  maintenance,
  agent,
  nginx,
  prepare,
  'pending-migrations': pendingMigrations,
};
