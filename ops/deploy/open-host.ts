import type { OpsContext } from '../command.js';
import { notifierOf } from '../notify/from-settings.js';
import { createHost, type Host } from './host.js';
import { joinStage, startStage, type Stage } from './local-stage.js';
import { createPreDeployBackup } from './pre-deploy-backup.js';
import { readSettings } from './settings.js';

interface OpenOptions {
  /** Starts the machine's own services when the local driver has none. */
  startsStage: boolean;
}

/** Builds the parts of this host from its settings, runs the work, and closes what was opened. */
export async function openHost(
  context: OpsContext,
  work: (host: Host, stage: Stage | null) => Promise<number>,
  options: OpenOptions = { startsStage: false },
): Promise<number> {
  let env = context.env;
  let stage: Stage | null = null;
  const isAlone = readSettings(env).driver === 'local' && !env['DATABASE_URL'];
  if (isAlone) {
    const joined = joinStage(readSettings(env).deployPath);
    if (joined !== null) env = { ...env, ...joined };
    else if (options.startsStage) {
      stage = await startStage(readSettings(env), context);
      env = { ...env, ...stage.env };
    }
  }
  const inner: OpsContext = { ...context, env };
  const notifier = notifierOf(inner);
  try {
    const backup = createPreDeployBackup(inner);
    const host = createHost({ settings: readSettings(env), context: inner, backup, notifier });
    stage?.serve(host);
    return await work(host, stage);
  } finally {
    await notifier.close();
    await stage?.stop();
  }
}
