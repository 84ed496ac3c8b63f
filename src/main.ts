import cluster from 'node:cluster';
import type { Config } from './config.js';

/** Picks the role or the command; everything heavy is imported after the checks, so a fault is told at once. */
const [major = 0] = process.versions.node.split('.').map(Number);
if (major < 22) {
  process.stderr.write(`Node ${process.versions.node} is too old. Start by "npm start": npm brings Node 24 with it.\n`);
  process.exit(1);
}

const STOP_LIMIT_MS = 15_000;
/** What a process of several tells the primary once it serves. */
const SERVING = 'tsh:serving';

// Whoever read the output may have gone (npm start | head): the server goes on, and its Postgres with it.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

type Stop = () => Promise<void>;

/** The first signal drains; repeated ones (npm forwards the terminal's) are ignored; 15 s is the limit. */
function stopOnSignals(stop: Stop): void {
  let stopping = false;
  const onSignal = (name: NodeJS.Signals): void => {
    if (stopping) return;
    stopping = true;
    process.stdout.write(`\n${name}: stopping...\n`);
    const limit = setTimeout(() => fail('Stopping took longer than 15 s; leaving.'), STOP_LIMIT_MS);
    stop().then(
      () => {
        clearTimeout(limit);
        process.stdout.write('Stopped.\n');
        process.exit(0);
      },
      (error: unknown) => fail(error instanceof Error ? error.message : String(error)),
    );
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
}

/** SIGUSR2: the live connections go, the process stays. So a deployment moves subscriptions off a slot it keeps warm. */
function releaseOnSignal(release: () => void): void {
  process.on('SIGUSR2', release);
}

/** One API process a core over one port; whichever ends is started again. */
async function forkApi({ apiProcesses, port, host }: Config): Promise<void> {
  const { assertPortFree } = await import('./platform/http/listen.js');
  await assertPortFree({ port, host }).catch((error: Error) => fail(`Port ${port} cannot be opened: ${error.message}`));
  let stopping = false;
  const served = new Set<number>();
  // Each process opens sockets of its own that share the port, of which the primary hears nothing.
  cluster.on('message', (child, message: unknown) => {
    if (message === SERVING) served.add(child.id);
  });
  cluster.on('exit', (child) => {
    if (stopping) return;
    // Whoever has served before is started again; whoever could not even start has said why, and would say it for ever.
    if (served.has(child.id)) setTimeout(() => !stopping && cluster.fork(), 1000);
    else process.exit(1);
  });
  const { serveClusterMetrics } = await import('./platform/http/cluster-metrics.js');
  serveClusterMetrics();
  for (let index = 0; index < apiProcesses; index += 1) cluster.fork();
  releaseOnSignal(() => {
    for (const child of Object.values(cluster.workers ?? {})) child?.process.kill('SIGUSR2');
  });
  stopOnSignals(async () => {
    stopping = true;
    const children = Object.values(cluster.workers ?? {}).filter((child) => child !== undefined);
    await Promise.all(
      children.map((child) => {
        const gone = new Promise((resolve) => child.once('exit', resolve));
        child.process.kill('SIGTERM');
        return gone;
      }),
    );
  });
  await new Promise(() => undefined);
}

async function start(): Promise<void> {
  const { readConfig } = await import('./config.js');
  const { ConfigFault } = await import('./settings-reader.js');
  const { claimFolder, keepSecrets, noteDatabase } = await import('./data-folder.js');
  const { StartFault } = await import('./kernel/start-fault.js');
  try {
    let config = readConfig(process.env, {
      jwtSecret: 'x'.repeat(32),
      encryptionKey: 'x'.repeat(32),
      webhookSecret: 'x'.repeat(12),
      adminPassword: 'x'.repeat(12),
    });
    if (cluster.isPrimary) for (const line of config.warnings) process.stderr.write(`Warning: ${line}\n`);
    if (config.role === 'api' && config.apiProcesses > 1 && cluster.isPrimary) return await forkApi(config);
    const local = config.appEnv === 'development' || config.appEnv === 'test';
    const undo: Stop[] = [];
    if (local) config = readConfig(process.env, keepSecrets(config.dataDir));

    if (config.database.url === null) {
      const release = claimFolder(config.dataDir);
      undo.push(() => Promise.resolve(release()));
      const { startEmbedded } = await import('./platform/db/embedded.js');
      const embedded = await startEmbedded({
        dataDir: config.dataDir,
        onLost: (line) => fail(`The embedded Postgres has ended by itself: ${line}`),
      });
      undo.push(() => embedded.stop());
      noteDatabase(config.dataDir, embedded.url);
      config = Object.freeze({ ...config, database: { ...config.database, url: embedded.url } });
    }

    if (config.tracing) {
      const { startTracing } = await import('./platform/tracing/otlp.js');
      const about = { version: config.version, role: config.role, slot: config.slot, environment: config.appEnv };
      const tracer = startTracing(config.tracing, about);
      undo.push(() => tracer.stop());
    }
    const stopAll: Stop = async () => {
      for (const step of undo.splice(0).reverse()) await step();
    };
    stopOnSignals(stopAll);
    try {
      if (config.demo && config.role !== 'api' && config.role !== 'notify') {
        const { startDemo } = await import('./demo.js');
        undo.push(await startDemo(config));
      } else {
        const { startApp } = await import('./app.js');
        const app = await startApp(config);
        undo.push(() => app.stop());
        releaseOnSignal(() => app.sockets?.release());
        if (cluster.isWorker) process.send?.(SERVING);
        app.services.log.info({ url: app.url, role: config.role }, 'ready');
      }
    } catch (error) {
      await stopAll();
      throw error;
    }
  } catch (error) {
    if (error instanceof ConfigFault) {
      fail(['The settings have faults:', ...error.faults.map((fault) => `- ${fault}`)].join('\n'));
    }
    if (error instanceof StartFault) fail(error.message);
    throw error;
  }
}

async function command(name: string): Promise<void> {
  const { runCommand } = await import('./commands.js');
  process.exitCode = await runCommand(name, process.argv.slice(3), stopOnSignals);
}

process.on('unhandledRejection', (error) => {
  // A running app has a handler of its own: one request's defect must not end the others.
  if (process.listenerCount('unhandledRejection') > 1) return;
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
});

const [, , name] = process.argv;
await (name === undefined ? start() : command(name));
