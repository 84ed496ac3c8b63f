import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

/** How settings are read: by name, from a file, under an older name, or from the file of all settings. */

/** The guides' older names, read when the present name is unset. */
const ALIASES: Record<string, string> = {
  JWT_SECRET_KEY: 'SECRET_KEY',
  APP_ENV: 'ENVIRONMENT',
  API_PROCESSES: 'UVICORN_WORKERS',
  DEPLOYMENT_SLOT: 'ACTIVE_DEPLOYMENT_SLOT',
};

export type Environment = Record<string, string | undefined>;

function withEnvFile(environment: Environment, faults: string[]): Environment {
  const file = environment['APP_ENV_FILE'];
  if (!file) return environment;
  try {
    // An empty value is no value: `NAME=` in the environment does not hide the line of the file.
    const set = Object.entries(environment).filter(([, value]) => value !== undefined && value !== '');
    return { ...parseEnv(readFileSync(file, 'utf8')), ...Object.fromEntries(set) };
  } catch {
    faults.push(`APP_ENV_FILE names ${file}, which cannot be read. Check the path and its rights.`);
    return environment;
  }
}

/** Reads settings one by one and collects all their faults, so that they are told at once. */
export class Reader {
  readonly faults: string[] = [];
  /** Every name that was asked for. */
  readonly names = new Set<string>();
  private readonly environment: Environment;

  constructor(environment: Environment) {
    this.environment = withEnvFile(environment, this.faults);
  }

  text(name: string): string | null {
    const direct = this.raw(name);
    const alias = ALIASES[name];
    if (alias) this.names.add(alias);
    if (direct !== null) return direct;
    return alias ? this.raw(alias) : null;
  }

  /** Whether the setting has a value under its present name. */
  isGiven(name: string): boolean {
    return this.raw(name) !== null;
  }

  private raw(name: string): string | null {
    this.names.add(name).add(`${name}_FILE`);
    const value = this.environment[name];
    if (value !== undefined && value !== '') return value;
    // APP_ENV_FILE names the file of all settings, not one that holds APP_ENV.
    const file = name === 'APP_ENV' ? undefined : this.environment[`${name}_FILE`];
    if (!file) return null;
    try {
      return readFileSync(file, 'utf8').trim() || null;
    } catch {
      this.faults.push(`${name}_FILE names ${file}, which cannot be read. Check the path and its rights.`);
      return null;
    }
  }

  choice<T extends string>(name: string, allowed: readonly T[], fallback: T): T {
    const value = this.text(name);
    if (value === null) return fallback;
    const found = allowed.find((one) => one === value.toLowerCase());
    if (found) return found;
    this.faults.push(`${name} is "${value}". Use one of: ${allowed.join(', ')}.`);
    return fallback;
  }

  integer(name: string, fallback: number, minimum: number, maximum: number): number {
    const value = this.text(name);
    if (value === null) return fallback;
    const parsed = Number(value);
    if (Number.isInteger(parsed) && parsed >= minimum && parsed <= maximum) return parsed;
    this.faults.push(`${name} is "${value}". Give a whole number from ${minimum} to ${maximum}.`);
    return fallback;
  }

  number(name: string, fallback: number, minimum: number, maximum: number): number {
    const value = this.text(name);
    if (value === null) return fallback;
    const parsed = Number(value);
    if (Number.isFinite(parsed) && parsed >= minimum && parsed <= maximum) return parsed;
    this.faults.push(`${name} is "${value}". Give a number from ${minimum} to ${maximum}.`);
    return fallback;
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.text(name)?.toLowerCase();
    if (value === undefined) return fallback;
    if (['1', 'true', 'yes', 'on'].includes(value)) return true;
    if (['0', 'false', 'no', 'off'].includes(value)) return false;
    this.faults.push(`${name} is "${value}". Use true or false.`);
    return fallback;
  }

  url(name: string, protocols: readonly string[]): string | null {
    const value = this.text(name);
    if (value === null) return null;
    // The value is not repeated: it may hold a password.
    if (URL.canParse(value) && protocols.includes(new URL(value).protocol)) return value;
    const schemes = protocols.map((one) => `${one}//`).join(' or ');
    this.faults.push(
      `${name} is no URL that begins with ${schemes}. Percent-encode special characters of the password.`,
    );
    return null;
  }

  /** Names in the environment that are nearly those of a setting, which then has its default. */
  nearMisses(): string[] {
    return Object.keys(this.environment)
      .filter((given) => /^[A-Z][A-Z0-9_]{4,}$/.test(given) && !this.names.has(given))
      .flatMap((given) => {
        const meant = [...this.names].find((name) => isNear(given, name));
        return meant === undefined ? [] : [`${given} is no setting and is ignored. Did you mean ${meant}?`];
      });
  }

  list(name: string): string[] {
    return (this.text(name) ?? '')
      .split(',')
      .map((one) => one.trim())
      .filter(Boolean);
  }
}

const NEAR_FROM = 6;

/** Whether two names differ by one letter that is missing, added or wrong, or by two neighbours that are swapped. */
export function isNear(given: string, name: string): boolean {
  if (name.length < NEAR_FROM || Math.abs(given.length - name.length) > 1) return false;
  let begin = 0;
  while (begin < given.length && given[begin] === name[begin]) begin += 1;
  let end = 0;
  while (end < Math.min(given.length, name.length) - begin && given.at(-1 - end) === name.at(-1 - end)) end += 1;
  const [left, right] = [given.slice(begin, given.length - end), name.slice(begin, name.length - end)];
  if (left.length <= 1 && right.length <= 1) return true;
  return left.length === 2 && left === [...right].reverse().join('');
}

export class ConfigFault extends Error {
  constructor(readonly faults: readonly string[]) {
    super(faults.join('\n'));
    this.name = 'ConfigFault';
  }
}
