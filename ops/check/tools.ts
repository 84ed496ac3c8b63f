import { TOOLS, type ToolName } from './check.js';
import { runProgram } from './program.js';

const INSTALL_MS = 300_000;

async function isThere(tool: ToolName): Promise<boolean> {
  return (await runProgram('sh', ['-c', 'command -v "$0"', tool])).code === 0;
}

const without = async (tools: readonly ToolName[]): Promise<ToolName[]> => {
  const found = await Promise.all(tools.map(isThere));
  return tools.filter((_, index) => !found[index]);
};

/** Installs what is missing where that is allowed, and answers what is missing still. */
export async function installTools(tools: readonly ToolName[], say: (line: string) => void): Promise<ToolName[]> {
  const missing = await without([...new Set(tools)]);
  if (missing.length === 0) return [];
  const packages = [...new Set(missing.map((tool) => TOOLS[tool]))];
  const privilege = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  if (privilege.length > 0 && (await runProgram('sudo', ['-n', 'true'])).code !== 0) return missing;
  say(`Installing ${packages.join(', ')}.`);
  // The services that the packages bring are not wanted, only their programs.
  const apt = (...args: string[]) =>
    runProgram(
      'env',
      [
        ...privilege,
        'DEBIAN_FRONTEND=noninteractive',
        'RUNLEVEL=1',
        'apt-get',
        '-o',
        'DPkg::Lock::Timeout=120',
        ...args,
      ],
      { limitMs: INSTALL_MS },
    );
  await apt('update', '-qq');
  await apt('install', '--yes', '--quiet', '--no-install-recommends', ...packages);
  return without(missing);
}
